/* A disk that fails, for tests: every change that a program makes through the file door (and, with support/fault_vfs.h, through
 * SQLite) is counted, and at the n-th one something happens.
 *
 *     KILL      the process dies before it; what was written stays, as the kernel keeps it
 *     DROP      the power goes before it; whatever was not synced is gone
 *     TEAR      the power goes before it; of what was not synced some 512-byte sectors, lengths and names are there
 *     NO_SPACE  it and everything after it that needs space fails with ENOSPC, a write after half of its bytes; the process goes on
 *     IO_ERROR  it alone fails with EIO; the process goes on
 *     SHORT     nothing fails, but each write takes only a part of its bytes
 *
 * Changes are: making or emptying a file by opening it, write, sync, truncate, rename, unlink, mkdir.
 *
 * A test describes a run and looks at what each fault left of it:
 *
 *     static bt_status import(const char *folder, void *context, bt_error *error) { … }
 *     static void look(const char *folder, const faults_outcome *outcome, void *context) { CHECK(…); }
 *
 *     faults_run(&(faults_case){.action = import, .verify = look}, FAULTS_DROP, 50);
 */
#ifndef TESTS_SUPPORT_FAULTS_H
#define TESTS_SUPPORT_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "butaca/status.h"

typedef enum faults_mode {
    FAULTS_COUNT, /* nothing happens */
    FAULTS_KILL,
    FAULTS_DROP,
    FAULTS_TEAR,
    FAULTS_NO_SPACE,
    FAULTS_IO_ERROR,
    FAULTS_SHORT
} faults_mode;

/* --- a whole test -------------------------------------------------------------------------------------------------- */

typedef struct faults_outcome {
    faults_mode mode;
    uint64_t point;        /* the change before which it happened; one more than there were: after the last */
    bool finished;         /* the action returned before that */
    bt_error error;        /* what it returned, if it did */
    uint64_t acknowledged; /* the last number that it gave to faults_acknowledge */
} faults_outcome;

typedef struct faults_case {
    /* Makes the state that is there before, with a healthy disk; may be NULL. */
    void (*setup)(const char *folder, void *context);
    /* Runs in a child process, which ends with it. May not use CHECK: what it has to say it returns. */
    bt_status (*action)(const char *folder, void *context, bt_error *error);
    /* Looks at the folder with a healthy disk. */
    void (*verify)(const char *folder, const faults_outcome *outcome, void *context);
    void *context;
} faults_case;

/* Runs the case once to count its changes, which has to succeed, and then at n_points of them spread evenly (the first, the last and
 * the end among them; fewer if there are fewer, but TEAR and SHORT then repeat points with other seeds), each time in a fresh folder.
 * Fails the test if a child dies of anything else, or holds more memory at the end of its action than at the start. Stops at the
 * first point at which verify fails. Returns the number of changes. */
uint64_t faults_run(const faults_case *c, faults_mode mode, uint64_t n_points);

/* The same in KILL, DROP, TEAR, NO_SPACE, IO_ERROR and SHORT. */
void faults_run_all(const faults_case *c, uint64_t n_points);

/* From inside an action: "the caller was told that step `number` is safe". What is acknowledged has to be there afterwards. */
void faults_acknowledge(uint64_t number);

const char *faults_mode_name(faults_mode mode);

/* --- its parts, for programs that are forked otherwise --------------------------------------------------------------------- */

enum { FAULTS_EXIT = 86 }; /* the exit status of a simulated crash */

typedef struct faults_plan {
    faults_mode mode;
    uint64_t point; /* from 1; 0: never */
    uint64_t seed;
    const char *kept_folder; /* an empty folder of the same file system, outside of the program's (DROP and TEAR) */
} faults_plan;

/* Puts the door in place, in a process that ends soon: it is never taken away. */
void faults_install(const faults_plan *plan);

/* Changes so far. */
uint64_t faults_count(void);

/* The power goes now (DROP and TEAR), or the process dies. */
_Noreturn void faults_crash(void);

/* Ends a child as _exit does; what it covered is counted. */
_Noreturn void faults_leave(int status);

/* --- for other doors (fault_vfs.c) ------------------------------------------------------------------------------------- */

typedef enum faults_change { FAULTS_CREATES, FAULTS_WRITES, FAULTS_SYNCS, FAULTS_TRUNCATES, FAULTS_NAMES } faults_change;

/* Before a change, between lock and unlock: 0, or the errno that it has to fail with. Doesn't return from a crash. */
int faults_step(faults_change change);
void faults_lock(void);
void faults_unlock(void);
bool faults_journaled(void); /* whether changes have to be noted in the journal */

#endif
