/* Any /proc/<pid>/cgroup: a path that is believed names the id in its last component, first there.
 */
#include <assert.h>

#include "kernel/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str id = STR("0dee20c0dea7");
    struct place place;
    if (place_parse((struct str){(const char *)data, size}, id, &place) != 0) {
        return 0;
    }
    for (size_t h = 0; h < HIERARCHIES; h++) {
        struct str component = id;
        struct str rest = place.path[h];
        while (rest.len && str_split(&rest, '/', &component)) {
            assert(component.len && !str_eq(component, STR("..")));
        }
        assert(str_search(component, id) != SIZE_MAX);
    }
    return 0;
}
