/*
 * Whose certificates are trusted where none are configured. Distributions keep their bundle of
 * authorities at different places and libcurl is built with one of them, so it is looked for at run
 * time: SSL_CERT_FILE, else the first usual place with a file that can be read. SSL_CERT_DIR adds a
 * folder with hashed names. Strings are the environment's or static.
 */
#ifndef DOCKMETER_LOOP_AUTHORITIES_H
#define DOCKMETER_LOOP_AUTHORITIES_H

struct authorities {
    const char *file;   /* PEM; NULL: there is none, and libcurl says where it has looked */
    const char *folder; /* NULL: none */
};

struct authorities authorities_find(void);

#endif
