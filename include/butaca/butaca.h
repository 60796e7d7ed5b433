/* Everything that libbutaca offers. Start with ratings.h, then model.h and recommend.h; docs/example.c is a whole program. */
#ifndef BUTACA_BUTACA_H
#define BUTACA_BUTACA_H

#include "butaca/encoder.h"
#include "butaca/evaluate.h"
#include "butaca/memory.h"
#include "butaca/model.h"
#include "butaca/neighbours.h"
#include "butaca/onboard.h"
#include "butaca/profile.h"
#include "butaca/progress.h"
#include "butaca/rating_model.h"
#include "butaca/ratings.h"
#include "butaca/recommend.h"
#include "butaca/search.h"
#include "butaca/status.h"
#include "butaca/text.h"
#include "butaca/vectors.h"
#include "butaca/version.h"

#endif
