#include "formats/turtle_names.h"

#include <string.h>

enum { FEWEST_SLOTS = 64 };

static uint64_t mixed(uint64_t hash, uint64_t eight)
{
    hash = (hash ^ eight) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static uint64_t hash_of(struct bc_slice name)
{
    uint64_t hash = name.size;
    uint64_t eight = 0;
    size_t at = 0;
    for (; name.size - at > sizeof eight; at += sizeof eight) {
        memcpy(&eight, name.data + at, sizeof eight);
        hash = mixed(hash, eight);
    }
    eight = 0;
    for (; at < name.size; at++)
        eight = eight << 8 | (unsigned char)name.data[at];
    return mixed(hash, eight);
}

/* The slot of the name, or the empty one where it would be. There are slots. */
static struct fmt_names_slot *slot_of(const struct fmt_names *names, struct bc_slice name,
                                      uint64_t hash)
{
    for (size_t at = hash & names->mask;; at = (at + 1) & names->mask) {
        struct fmt_names_slot *slot = &names->slots[at];
        if (!slot->number ||
            (slot->hash == hash && slot->name_size == name.size &&
             !memcmp(names->prefixes.list[slot->number - 1].name, name.data, name.size)))
            return slot;
    }
}

bool fmt_names_find(const struct fmt_names *names, struct bc_slice name, struct bc_slice *iri)
{
    if (!names->slots)
        return false;
    const struct fmt_names_slot *slot = slot_of(names, name, hash_of(name));
    if (!slot->number)
        return false;
    *iri = bc_slice(names->prefixes.list[slot->number - 1].iri, slot->iri_size);
    return true;
}

/* Room for one more, in the list and among the slots. */
static enum bc_status grow(struct fmt_names *names)
{
    struct bc_prefixes *prefixes = &names->prefixes;
    if (prefixes->count == prefixes->room) {
        size_t room = prefixes->room ? 2 * prefixes->room : FEWEST_SLOTS / 2;
        struct bc_prefix *list = bc_realloc_array(prefixes->list, room, sizeof *list);
        if (!list)
            return BC_NO_MEMORY;
        prefixes->list = list;
        prefixes->room = room;
    }
    size_t count = names->slots ? names->mask + 1 : 0;
    if (2 * (prefixes->count + 1) <= count)
        return BC_OK;
    size_t more = count ? 2 * count : FEWEST_SLOTS;
    struct fmt_names_slot *slots = bc_alloc_array(more, sizeof *slots);
    if (!slots)
        return BC_NO_MEMORY;
    memset(slots, 0, more * sizeof *slots);
    for (size_t i = 0; i < count; i++) {
        size_t at = names->slots[i].hash & (more - 1);
        while (names->slots[i].number && slots[at].number)
            at = (at + 1) & (more - 1);
        if (names->slots[i].number)
            slots[at] = names->slots[i];
    }
    bc_free(names->slots);
    names->slots = slots;
    names->mask = more - 1;
    return BC_OK;
}

enum bc_status fmt_names_declare(struct fmt_names *names, struct bc_slice name, struct bc_slice iri)
{
    enum bc_status st = grow(names);
    if (st)
        return st;
    uint64_t hash = hash_of(name);
    struct fmt_names_slot *slot = slot_of(names, name, hash);
    char *meaning = bc_copy_string(iri.data, iri.size);
    char *copy = slot->number ? NULL : bc_copy_string(name.data, name.size);
    if (!meaning || (!copy && !slot->number)) {
        bc_free(meaning);
        bc_free(copy);
        return BC_NO_MEMORY;
    }
    if (slot->number) {
        struct bc_prefix *known = &names->prefixes.list[slot->number - 1];
        bc_free(known->iri);
        known->iri = meaning;
    } else {
        names->prefixes.list[names->prefixes.count++] = (struct bc_prefix){copy, meaning};
        slot->number = names->prefixes.count;
        slot->hash = hash;
        slot->name_size = (uint32_t)name.size;
    }
    slot->iri_size = (uint32_t)iri.size;
    return BC_OK;
}

enum bc_status fmt_names_set_base(struct fmt_names *names, struct bc_slice iri)
{
    struct bc_buffer base = {0};
    enum bc_status st = bc_buffer_append(&base, iri.data, iri.size);
    if (st)
        return st;
    bc_buffer_release(&names->base);
    names->base = base;
    names->base_parts = fmt_iri_split(bc_buffer_slice(&base));
    return BC_OK;
}

void fmt_names_release(struct fmt_names *names)
{
    bc_prefixes_release(&names->prefixes);
    bc_free(names->slots);
    bc_buffer_release(&names->base);
    *names = (struct fmt_names){0};
}
