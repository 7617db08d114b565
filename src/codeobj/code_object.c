#include "codeobj/code_object.h"

#include "codeobj/target.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    EM_AMDGPU_ = 224,      /* of elf.h, which in older releases does not have it */
    STT_KERNEL_V2 = 10,    /* STT_AMDGPU_HSA_KERNEL of code objects of version 2 */
    DESCRIPTOR_ENTRY = 16, /* where both kinds of descriptor say how far off the code is */
    OVERLAP_LIMIT = 2,     /* all functions together, in sizes of the file */
};

/* A function as its symbol has it. */
struct candidate {
    struct function function;
    bool sized; /* else its code goes to the end of the section */
};

struct symbols {
    Elf *elf;
    Elf_Data *data;
    size_t names; /* the section that the names are in */
    size_t count;
    bool relocatable; /* addresses count from the section */
};

bool elf_is_for(struct span file, unsigned machine)
{
    return file.size >= sizeof(Elf64_Ehdr) && span_begins(file, ELFMAG) &&
           file.bytes[EI_CLASS] == ELFCLASS64 && file.bytes[EI_DATA] == ELFDATA2LSB &&
           read_u16(file.bytes + offsetof(Elf64_Ehdr, e_machine)) == machine;
}

/* The bytes of a section; none where it has none in the file. */
static struct span section_bytes(struct span file, const GElf_Shdr *header)
{
    struct span part = {0};
    if (header->sh_type == SHT_NOBITS ||
        !span_part(file, header->sh_offset, header->sh_size, &part))
        return (struct span){0};
    return part;
}

/* The major version of the newest clang named in a .comment section. */
static unsigned compiler_version(struct span comment)
{
    static const char words[] = "clang version ";
    unsigned newest = 0;
    for (size_t at = 0; at + sizeof(words) <= comment.size;) {
        const uint8_t *found =
            memmem(comment.bytes + at, comment.size - at, words, sizeof(words) - 1);
        if (!found)
            break;
        at = (size_t)(found - comment.bytes) + sizeof(words) - 1;
        unsigned version = 0;
        for (; at < comment.size && comment.bytes[at] >= '0' && comment.bytes[at] <= '9'; at++)
            version = version < 1000 ? version * 10 + (comment.bytes[at] - '0') : version;
        newest = version > newest ? version : newest;
    }
    return newest;
}

/* The table that has more: a stripped file has only the dynamic one. */
static bool symbols_find(Elf *elf, struct symbols *ret_symbols)
{
    struct symbols best = {.elf = elf};
    GElf_Ehdr file_header;
    if (!gelf_getehdr(elf, &file_header))
        return false;
    best.relocatable = file_header.e_type == ET_REL;
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) ||
            (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM))
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        const size_t count = data ? data->d_size / sizeof(Elf64_Sym) : 0;
        if (data && data->d_buf && count > best.count) {
            best.data = data;
            best.names = header.sh_link;
            best.count = count;
        }
    }
    *ret_symbols = best;
    return best.count > 0;
}

static const char *symbol_read(const struct symbols *symbols, size_t i, GElf_Sym *ret_symbol)
{
    if (!gelf_getsym(symbols->data, (int)i, ret_symbol))
        return NULL;
    const char *name = elf_strptr(symbols->elf, symbols->names, ret_symbol->st_name);
    return name && *name ? name : NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_candidates(const void *a, const void *b)
{
    const struct function *first = &((const struct candidate *)a)->function;
    const struct function *second = &((const struct candidate *)b)->function;
    if (first->code.address != second->code.address)
        return first->code.address < second->code.address ? -1 : 1;
    /* Of several names of one place, the kernel's comes first. */
    if (first->kernel != second->kernel)
        return first->kernel ? -1 : 1;
    if (first->code.size != second->code.size)
        return first->code.size > second->code.size ? -1 : 1;
    return strcmp(first->name, second->name);
}

/* Names with ".kd" behind them, sorted: what is launched by a descriptor. NULL and 0 for none. */
static int descriptors_list(const struct symbols *symbols, const char ***ret_names,
                            size_t *ret_count)
{
    const char **names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < symbols->count; i++) {
        GElf_Sym symbol;
        const char *name = symbol_read(symbols, i, &symbol);
        const size_t length = name ? strlen(name) : 0;
        if (length <= 3 || strcmp(name + length - 3, ".kd") != 0)
            continue;
        if ((count & (count - 1)) == 0) {
            const char **larger = reallocarray(names, count ? count * 2 : 1, sizeof(*names));
            if (!larger) {
                free(names);
                return -ENOMEM;
            }
            names = larger;
        }
        names[count++] = name;
    }
    if (count > 0)
        qsort(names, count, sizeof(*names), compare_names);
    *ret_names = names;
    *ret_count = count;
    return 0;
}

static bool has_descriptor(const char *name, const char **descriptors, size_t count)
{
    size_t low = 0;
    const size_t length = strlen(name);
    while (low < count) {
        const size_t middle = low + (count - low) / 2;
        int order = strncmp(name, descriptors[middle], length);
        if (order == 0)
            order = strcmp(".kd", descriptors[middle] + length);
        if (order == 0)
            return true;
        if (order < 0)
            count = middle;
        else
            low = middle + 1;
    }
    return false;
}

static bool candidate_from_symbol(struct span file, const struct symbols *symbols,
                                  const GElf_Sym *symbol, struct candidate *ret_candidate)
{
    const unsigned type = GELF_ST_TYPE(symbol->st_info);
    GElf_Shdr header;
    Elf_Scn *section = elf_getscn(symbols->elf, symbol->st_shndx);
    if ((type != STT_FUNC && type != STT_KERNEL_V2) || !section || symbol->st_shndx == SHN_UNDEF ||
        !gelf_getshdr(section, &header) || !(header.sh_flags & SHF_EXECINSTR))
        return false;
    const uint64_t base = symbols->relocatable ? 0 : header.sh_addr;
    struct span code = section_bytes(file, &header);
    if (symbol->st_value < base || symbol->st_value - base >= code.size)
        return false;
    code = span_rest(code, symbol->st_value - base);
    uint64_t size = symbol->st_size;
    uint64_t entry = 0;
    if (type == STT_KERNEL_V2) {
        if (code.size < DESCRIPTOR_ENTRY + 8)
            return false;
        entry = read_u64(code.bytes + DESCRIPTOR_ENTRY);
        if (entry >= code.size)
            return false;
        code = span_rest(code, entry);
        size = size > entry ? size - entry : 0;
    }
    const bool sized = size > 0 && size <= code.size;
    *ret_candidate = (struct candidate){
        .function = {.code = {.bytes = code.bytes,
                              .size = sized ? (size_t)size : code.size,
                              .address = symbol->st_value + entry},
                     .kernel = type == STT_KERNEL_V2},
        .sized = sized,
    };
    return true;
}

/* Drops further names of a place, and ends what has no size where the next one begins. */
static size_t functions_settle(struct candidate *candidates, size_t count, uint64_t limit,
                               struct function *functions)
{
    size_t kept = 0;
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        struct code code = candidates[i].function.code;
        if (i > 0 && candidates[i - 1].function.code.address == code.address)
            continue;
        size_t next = i + 1;
        while (next < count && candidates[next].function.code.address == code.address)
            next++;
        const uint8_t *end = next < count ? candidates[next].function.code.bytes : NULL;
        if (!candidates[i].sized && end > code.bytes && end < code.bytes + code.size)
            code.size = (size_t)(end - code.bytes);
        total += code.size;
        if (total > limit)
            break;
        functions[kept] = candidates[i].function;
        functions[kept++].code = code;
    }
    return kept;
}

static int functions_read(struct span file, const struct symbols *symbols,
                          struct code_object *object)
{
    const char **descriptors = NULL;
    size_t descriptors_count = 0;
    const int r = descriptors_list(symbols, &descriptors, &descriptors_count);
    if (r < 0)
        return r;
    struct candidate *candidates = calloc(symbols->count, sizeof(*candidates));
    size_t count = 0;
    for (size_t i = 0; candidates && i < symbols->count; i++) {
        GElf_Sym symbol;
        const char *name = symbol_read(symbols, i, &symbol);
        if (!name || !candidate_from_symbol(file, symbols, &symbol, &candidates[count]))
            continue;
        candidates[count].function.name = name;
        candidates[count].function.kernel |= has_descriptor(name, descriptors, descriptors_count);
        count++;
    }
    struct function *functions = candidates ? calloc(count + 1, sizeof(*functions)) : NULL;
    if (functions) {
        if (count > 0)
            qsort(candidates, count, sizeof(*candidates), compare_candidates);
        object->functions = functions;
        object->functions_count =
            functions_settle(candidates, count, OVERLAP_LIMIT * (uint64_t)file.size, functions);
        /* Of the RDNA1 chips each is as good as another to ask what comes later. */
        const bool rdna2 = object->target && target_fit(&chips[0], object->target) == FIT_LATER;
        for (size_t i = 0; i < object->functions_count; i++) {
            object->kernels_count += functions[i].kernel;
            functions[i].code.rdna2 = rdna2;
        }
    }
    free(descriptors);
    free(candidates);
    return functions ? 0 : -ENOMEM;
}

static unsigned compiler_read(struct span file, Elf *elf)
{
    size_t names;
    Elf_Scn *section = NULL;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return 0;
    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        const char *name =
            gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        if (name && strcmp(name, ".comment") == 0)
            return compiler_version(section_bytes(file, &header));
    }
    return 0;
}

int code_object_open(struct span file, struct code_object *ret_object, const char **ret_why)
{
    struct code_object object = {0};
    struct symbols symbols;
    GElf_Ehdr header;
    if (!elf_is_for(file, EM_AMDGPU_)) {
        *ret_why = "it is no AMDGPU ELF";
        return -EBADMSG;
    }
    elf_version(EV_CURRENT);
    /* libelf only reads it: its own types know no const. */
    Elf *elf = elf_memory((char *)(uintptr_t)file.bytes, file.size);
    if (!elf || !gelf_getehdr(elf, &header)) {
        *ret_why = "its ELF header is damaged";
        elf_end(elf);
        return -EBADMSG;
    }
    object.elf = elf;
    object.flags = (uint32_t)header.e_flags;
    object.target = target_from_flags(object.flags);
    object.compiler = compiler_read(file, elf);
    if (!symbols_find(elf, &symbols)) {
        *ret_why = "it has no symbols: cut off, or damaged";
        elf_end(elf);
        return -EBADMSG;
    }
    const int r = functions_read(file, &symbols, &object);
    if (r < 0) {
        elf_end(elf);
        return r;
    }
    *ret_object = object;
    return 0;
}

void code_object_close(struct code_object *object)
{
    free(object->functions);
    elf_end(object->elf);
    *object = (struct code_object){0};
}
