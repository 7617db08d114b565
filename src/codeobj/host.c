/* ELFs of the host: programs, libraries and object files, with GPU code in sections of their own.
 */
#include "codeobj/walk.h"

#include <gelf.h>
#include <libelf.h>

/* One section; 0, or what ended the walk. Adds what it looked at to *looked. */
static int walk_section(struct walk *walk, struct span file, const GElf_Shdr *header,
                        const char *name, uint64_t *looked)
{
    static const char entry[] = BUNDLE_MAGIC; /* one section per target, in object files */
    struct span part;
    const bool is_entry = strncmp(name, entry, sizeof(entry) - 1) == 0;
    if (strcmp(name, ".rocm_kpack_ref") == 0) {
        walk_note(walk,
                  "its GPU code stands in .kpack archives beside it, which are not looked at");
        return 0;
    }
    if (strcmp(name, ".hip_fatbin") != 0 && !is_entry)
        return 0;
    if (header->sh_type == SHT_NOBITS)
        return 0;
    if (!span_part(file, header->sh_offset, header->sh_size, &part)) {
        walk_note(walk, "its section %.40s goes past the end of the file: cut off", name);
        return 0;
    }
    *looked += part.size;
    if (*looked > file.size) {
        walk_note(walk, "damaged: its sections lie over each other");
        return 0;
    }
    if (!is_entry)
        return walk_bundles(walk, part);
    const size_t mark = walk_enter(walk, "%.60s", name + sizeof(entry) - 1);
    const int r = walk_any(walk, part);
    walk_leave(walk, mark);
    return r;
}

int walk_host(struct walk *walk, struct span part)
{
    uint64_t looked = 0;
    size_t names;
    GElf_Ehdr header;
    int r = 0;
    elf_version(EV_CURRENT);
    /* libelf only reads it: its own types know no const. */
    Elf *elf = elf_memory((char *)(uintptr_t)part.bytes, part.size);
    if (!elf || !gelf_getehdr(elf, &header) || header.e_shoff > part.size ||
        (uint64_t)header.e_shnum * header.e_shentsize > part.size - header.e_shoff ||
        elf_getshdrstrndx(elf, &names) != 0) {
        walk_note(walk, "an ELF that is cut off or damaged: its sections cannot be read");
        elf_end(elf);
        return 0;
    }
    Elf_Scn *section = NULL;
    while (r == 0 && looked <= part.size && (section = elf_nextscn(elf, section))) {
        GElf_Shdr section_header;
        const char *name = gelf_getshdr(section, &section_header)
                               ? elf_strptr(elf, names, section_header.sh_name)
                               : NULL;
        if (name)
            r = walk_section(walk, part, &section_header, name, &looked);
    }
    elf_end(elf);
    return r;
}
