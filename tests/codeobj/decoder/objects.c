#include "objects.h"

#include "base/cleanup.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Code for gfx1030 and its kin, by e_flags. Source: LLVM, AMDGPUUsage.rst. */
#define MACH_MASK 0xff

static bool is_rdna2(unsigned machine)
{
    return machine == 0x36 || machine == 0x53;
}

/* WAVEFRONT_SIZE32 in kernel_code_properties of a kernel descriptor. */
static unsigned descriptor_lanes(const uint8_t *descriptor)
{
    uint16_t properties;
    memcpy(&properties, descriptor + 56, sizeof(properties));
    return properties >> 10 & 1 ? 32 : 64;
}

static uint8_t *file_read(const char *path, size_t *ret_size)
{
    cleanup_file FILE *file = fopen(path, "rb");
    struct stat status;
    if (!file || fstat(fileno(file), &status) < 0) {
        perror(path);
        exit(1);
    }
    const size_t size = (size_t)status.st_size;
    uint8_t *bytes = malloc(size + 1);
    if (!bytes || fread(bytes, 1, size, file) != size || size < sizeof(Elf64_Ehdr) ||
        memcmp(bytes, ELFMAG, SELFMAG) != 0) {
        fprintf(stderr, "%s: no ELF file\n", path);
        exit(1);
    }
    *ret_size = size;
    return bytes;
}

/* A kernel's descriptor has its name with .kd behind. */
static unsigned symbol_lanes(const struct object *object, const Elf64_Ehdr *header,
                             const Elf64_Sym *table, const char *name)
{
    const Elf64_Shdr *sections = (const void *)(object->bytes + header->e_shoff);
    const size_t length = strlen(name);
    for (size_t i = 0; i < object->symbols_count; i++) {
        const struct object_symbol *other = &object->symbols[i];
        if (strncmp(other->name, name, length) != 0 || strcmp(other->name + length, ".kd") != 0)
            continue;
        const Elf64_Shdr *section = &sections[table[i].st_shndx];
        return descriptor_lanes(object->bytes + section->sh_offset +
                                (table[i].st_value - section->sh_addr));
    }
    return 0;
}

struct object object_read(const char *path)
{
    size_t size;
    struct object object = {.bytes = file_read(path, &size)};
    const Elf64_Ehdr *header = (const void *)object.bytes;
    const Elf64_Shdr *sections = (const void *)(object.bytes + header->e_shoff);
    const Elf64_Shdr *found = NULL;
    for (size_t i = 0; i < header->e_shnum; i++)
        if (sections[i].sh_type == SHT_SYMTAB || (!found && sections[i].sh_type == SHT_DYNSYM))
            found = &sections[i];
    if (!found) {
        fprintf(stderr, "%s: no symbols\n", path);
        exit(1);
    }
    const Elf64_Sym *table = (const void *)(object.bytes + found->sh_offset);
    const char *names = (const char *)object.bytes + sections[found->sh_link].sh_offset;
    object.symbols_count = found->sh_size / sizeof(*table);
    object.symbols = calloc(object.symbols_count + 1, sizeof(*object.symbols));
    if (!object.symbols)
        abort();
    for (size_t i = 0; i < object.symbols_count; i++) {
        object.symbols[i].name = names + table[i].st_name;
        object.symbols[i].address = table[i].st_value;
    }
    for (size_t i = 0; i < object.symbols_count; i++) {
        if (ELF64_ST_TYPE(table[i].st_info) != STT_FUNC || table[i].st_size == 0)
            continue;
        const Elf64_Shdr *section = &sections[table[i].st_shndx];
        object.symbols[i].code = (struct code){
            .bytes = object.bytes + section->sh_offset + (table[i].st_value - section->sh_addr),
            .size = table[i].st_size,
            .address = table[i].st_value,
            .rdna2 = is_rdna2(header->e_flags & MACH_MASK),
            .wave_lanes = symbol_lanes(&object, header, table, object.symbols[i].name),
        };
    }
    return object;
}

void object_free(struct object *object)
{
    free(object->symbols);
    free(object->bytes);
    *object = (struct object){0};
}
