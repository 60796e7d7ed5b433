/* Ctrl-C: the first SIGINT or SIGTERM asks the work to stop, which leaves what was there before; the second ends the program. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

void interrupt_catch(void);
bool interrupt_wanted(void);

#endif
