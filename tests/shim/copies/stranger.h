#pragma once

__attribute__((visibility("default"))) int stranger_call(int (*function)(void *), void *argument);
