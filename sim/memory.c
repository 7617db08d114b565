#include "memory.h"

#include "device.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE      4096U
#define ALIGNMENT 256U
#define CANARY    0xa5
#define POISON    0xff /* NaN as fp16, bf16, fp32 and fp64 */
#define STALE_MAX 256  /* freed blocks whose addresses are kept out of use */

/* Blocks in order of address. The mapping is [page-aligned room][block][canary][guard page]. */
static struct memory_block *blocks;
static size_t blocks_count, blocks_room;
static struct memory_block stale[STALE_MAX];
static size_t stale_next;
static uint64_t used[DEVICES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t round_up(size_t value, size_t step)
{
    return (value + step - 1) / step * step;
}

static size_t mapping_bytes(const struct memory_block *block)
{
    return round_up(round_up(block->bytes, ALIGNMENT), PAGE) + PAGE;
}

/* The block ends as close to the guard page as its alignment allows. */
static char *mapping_start(const struct memory_block *block)
{
    return block->start + round_up(block->bytes, ALIGNMENT) - (mapping_bytes(block) - PAGE);
}

/* The number of blocks that start at or below the address. */
static size_t blocks_below(const char *address)
{
    size_t low = 0, high = blocks_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (blocks[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct memory_block *block_find(const void *address)
{
    size_t below = blocks_below(address);
    if (!below)
        return NULL;
    struct memory_block *block = &blocks[below - 1];
    return (const char *)address < block->start + block->bytes ? block : NULL;
}

static struct memory_block *stale_find(const void *address)
{
    for (size_t i = 0; i < STALE_MAX; i++)
        if (stale[i].start && (const char *)address >= stale[i].start &&
            (const char *)address < stale[i].start + stale[i].bytes)
            return &stale[i];
    return NULL;
}

int memory_allocate(unsigned device, uint64_t device_bytes, enum memory_kind kind, size_t bytes,
                    void **ret_start)
{
    struct memory_block block = {.bytes = bytes, .kind = kind, .device = device};
    int result = 0;
    pthread_mutex_lock(&lock);
    if (bytes > device_bytes || (kind != MEMORY_HOST && used[device] > device_bytes - bytes)) {
        result = -ENOMEM;
        goto out;
    }
    if (blocks_count == blocks_room) {
        size_t room = blocks_room ? blocks_room * 2 : 64;
        struct memory_block *grown = reallocarray(blocks, room, sizeof(*blocks));
        if (!grown) {
            result = -ENOMEM;
            goto out;
        }
        blocks = grown;
        blocks_room = room;
    }
    size_t mapped = mapping_bytes(&block);
    char *mapping = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        result = -ENOMEM;
        goto out;
    }
    mprotect(mapping + mapped - PAGE, PAGE, PROT_NONE);
    block.start = mapping + mapped - PAGE - round_up(bytes, ALIGNMENT);
    memset(block.start + bytes, CANARY, round_up(bytes, ALIGNMENT) - bytes);
    if (bytes <= MEMORY_POISON_MAX)
        memset(block.start, POISON, bytes);
    size_t place = blocks_below(block.start);
    memmove(&blocks[place + 1], &blocks[place], (blocks_count - place) * sizeof(*blocks));
    blocks[place] = block;
    blocks_count++;
    if (kind != MEMORY_HOST)
        used[device] += bytes;
    *ret_start = block.start;
out:
    pthread_mutex_unlock(&lock);
    return result;
}

int memory_free(void *start)
{
    int result = 0;
    pthread_mutex_lock(&lock);
    struct memory_block *found = block_find(start);
    if (!found || found->start != start) {
        const struct memory_block *old = stale_find(start);
        result = old && old->start == start ? -EALREADY : -EINVAL;
        goto out;
    }
    struct memory_block block = *found;
    for (const char *tail = block.start + block.bytes;
         tail < block.start + round_up(block.bytes, ALIGNMENT); tail++)
        if ((unsigned char)*tail != CANARY)
            result = -EOVERFLOW;
    size_t place = (size_t)(found - blocks);
    blocks_count--;
    memmove(found, found + 1, (blocks_count - place) * sizeof(*blocks));
    if (block.kind != MEMORY_HOST)
        used[block.device] -= block.bytes;

    /* The address range stays out of use for a while, its memory does not. */
    if (stale[stale_next].start)
        munmap(mapping_start(&stale[stale_next]), mapping_bytes(&stale[stale_next]));
    (void)mmap(mapping_start(&block), mapping_bytes(&block), PROT_NONE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    stale[stale_next] = block;
    stale_next = (stale_next + 1) % STALE_MAX;
out:
    pthread_mutex_unlock(&lock);
    return result;
}

bool memory_find(const void *address, struct memory_block *ret_block)
{
    pthread_mutex_lock(&lock);
    const struct memory_block *block = block_find(address);
    if (block)
        *ret_block = *block;
    pthread_mutex_unlock(&lock);
    return block;
}

int memory_check(const void *address, size_t bytes)
{
    pthread_mutex_lock(&lock);
    const struct memory_block *block = block_find(address);
    int result = 0;
    if (block) {
        size_t left = (size_t)(block->start + block->bytes - (const char *)address);
        result = bytes <= left ? 0 : -EFAULT;
    } else if (bytes && stale_find(address)) {
        result = -EFAULT;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

bool memory_is_stale(const void *address)
{
    pthread_mutex_lock(&lock);
    bool result = !block_find(address) && stale_find(address);
    pthread_mutex_unlock(&lock);
    return result;
}

uint64_t memory_used(unsigned device)
{
    pthread_mutex_lock(&lock);
    uint64_t bytes = used[device];
    pthread_mutex_unlock(&lock);
    return bytes;
}

void memory_each(void (*visit)(const struct memory_block *block, void *context), void *context)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < blocks_count; i++)
        visit(&blocks[i], context);
    pthread_mutex_unlock(&lock);
}
