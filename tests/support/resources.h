/* What the harness sets up once and takes back after each test. Tests use support/test.h. */
#ifndef TESTS_SUPPORT_RESOURCES_H
#define TESTS_SUPPORT_RESOURCES_H

void test_resources_install(void); /* the counting allocator, before any memory of libbutaca is held */
void test_resources_release(void); /* after each test: folders, guarded memory, an allocation still to fail */

#endif
