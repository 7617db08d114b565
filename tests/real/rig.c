#include "rig.h"

int rig_open(const char *release, const char *chip, const char *target, struct rig *ret_rig)
{
    int error = setup_open(&ret_rig->setup);

    if (error)
        return error;
    ret_rig->release = &ret_rig->setup.releases[0];
    ret_rig->tap = (struct tap){0};
    error = setup_keep(&ret_rig->setup, &release, 1);
    if (!error)
        error = setup_card(&ret_rig->setup, chip, target, &ret_rig->card);
    if (error)
        setup_close(&ret_rig->setup);
    return error;
}

int rig_close(struct rig *rig, int error)
{
    setup_close(&rig->setup);
    return error ? 2 : tap_end(&rig->tap);
}
