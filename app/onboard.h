/* Onboarding in a data folder: the questions, made of model and ratings when they are asked for first, and then kept. */
#ifndef APP_ONBOARD_H
#define APP_ONBOARD_H

#include "app/app.h"

/* For app_open and app_close. */
typedef struct onboarding_place onboarding_place;
bt_status onboarding_place_new(onboarding_place **out, bt_error *error);
void onboarding_place_free(onboarding_place *p); /* NULL is fine */

#endif
