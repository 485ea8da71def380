/* A temporary directory for a test program's files. */
#ifndef TACET_SCRATCH_H
#define TACET_SCRATCH_H

/* Makes the directory under $TMPDIR or /tmp; 0 if that worked. */
int scratch_make(void **state);

/* Removes the directory and the files in it. */
int scratch_remove(void **state);

/* Path of a file in the directory; good until the fourth next call. */
const char *scratch_path(const char *name);

#endif
