#include "model/machine.h"

struct str machine_device(const struct machine *machine, uint32_t major, uint32_t minor) {
    for (size_t i = 0; i < machine->n_devices; i++) {
        const struct machine_device *device = &machine->devices[i];
        if (device->major == major && device->minor == minor) {
            return device->name;
        }
    }
    return (struct str){.ptr = NULL, .len = 0};
}
