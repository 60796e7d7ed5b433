/* SQLite over the failing disk of support/faults.h: a VFS before SQLite's own which counts and notes what a database writes (main
 * file, rollback journal, WAL; the -shm file is memory and is let through).
 *
 * Call it in a fault test's action, before the first database is opened. Every connection of the process uses it from then on.
 */
#ifndef TESTS_SUPPORT_FAULT_VFS_H
#define TESTS_SUPPORT_FAULT_VFS_H

#include <stdbool.h>

bool fault_vfs_install(void); /* false: SQLite refused */

#endif
