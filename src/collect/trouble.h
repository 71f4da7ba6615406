/*
 * What can be wrong with a collection, for those who tell people of it.
 */
#ifndef DOCKMETER_COLLECT_TROUBLE_H
#define DOCKMETER_COLLECT_TROUBLE_H

enum collect_trouble {
    TROUBLE_ENGINE,   /* a call failed; counted */
    TROUBLE_KERNEL,   /* a container cannot be read, and nothing else is to be asked; counted */
    TROUBLE_FALLBACK, /* a container is left to the Engine; once for each reason that follows
                         another */
    TROUBLE_MISSING,  /* containers lack controllers; once */
};

#endif
