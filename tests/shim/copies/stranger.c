/*
 * A library that is linked with no MIOpen and calls functions that somebody else has looked up:
 * what a program that uses dlsym() looks like.
 */
#include "copies/stranger.h"

int stranger_call(int (*function)(void *), void *argument)
{
    const int result = function(argument);
    __asm__ volatile("" ::: "memory"); /* or else the call would come from whoever called this */
    return result;
}
