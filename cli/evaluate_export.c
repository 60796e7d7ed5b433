/* Splits as files: every rating once, `user film rating time fold role`, tab-separated. `fold` is the one in which the user is
 * tested (temporal: 0), `-` for those who never are. A model for fold f trains on all lines whose fold isn't f (temporal: on `train`
 * and `fold-in`). */
#include "cli/evaluate_export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

enum { STRONG_FOLDS = 5, NEVER = 255, PATH_SIZE = 4096 };

static const char *const role_names[] = {"train", "fold-in", "wanted", "unwanted", "left-out"};

typedef struct exported {
    uint8_t *role, *fold; /* n_ratings */
    uint8_t *scratch;     /* the same */
} exported;

static bt_status collect(const bt_ratings *ratings, uint64_t seed, bool temporal, exported *e, bt_error *error)
{
    bt_status status = BT_OK;
    memset(e->fold, NEVER, ratings->n_ratings);
    memset(e->role, BT_SPLIT_TRAINS, ratings->n_ratings);
    for (uint32_t fold = 0; status == BT_OK && fold < (temporal ? 1 : STRONG_FOLDS); fold++) {
        status = temporal ? bt_split_temporal(ratings, seed, e->scratch, error)
                          : bt_split_strong(ratings, seed, fold, e->scratch, error);
        for (size_t i = 0; status == BT_OK && i < ratings->n_ratings; i++) {
            if (e->scratch[i] == BT_SPLIT_TRAINS)
                continue;
            e->role[i] = e->scratch[i];
            e->fold[i] = (uint8_t)fold;
        }
    }
    return status;
}

static bt_status write_rows(const bt_ratings *r, const exported *e, file_replace *file, bt_error *error)
{
    static const char header[] = "user\tfilm\trating\ttime\tfold\trole\n";
    bt_status status = file_replace_write(file, header, sizeof header - 1, error);
    for (size_t u = 0; u < r->n_users; u++) {
        const char *key = r->user_keys + r->user_key_at[u];
        for (uint64_t i = r->user_offsets[u]; status == BT_OK && i < r->user_offsets[u + 1]; i++) {
            char row[128], fold[8] = "-";
            if (e->fold[i] != NEVER)
                snprintf(fold, sizeof fold, "%d", e->fold[i]);
            const int length = snprintf(row, sizeof row, "\t%" PRIu32 "\t%.1f\t%" PRIu32 "\t%s\t%s\n", r->film_ids[r->films[i]],
                                        0.5 * r->half_stars[i], r->times[i], fold, role_names[e->role[i]]);
            status = file_replace_write(file, key, strlen(key), error);
            if (status == BT_OK)
                status = file_replace_write(file, row, (size_t)length, error);
        }
    }
    return status;
}

static bt_status write_split(const bt_ratings *ratings, uint64_t seed, bool temporal, const char *folder, exported *e,
                             bt_error *error)
{
    char path[PATH_SIZE];
    file_replace file;
    const int length = snprintf(path, sizeof path, "%s/%s-%" PRIu64 ".tsv", folder, temporal ? "temporal" : "strong", seed);
    if (length >= (int)sizeof path)
        return error_set(error, BT_INVALID_ARGUMENT, "the folder's path is longer than %d bytes", PATH_SIZE - 32);
    bt_status status = collect(ratings, seed, temporal, e, error);
    if (status == BT_OK)
        status = file_replace_begin(&file, path, error);
    if (status != BT_OK)
        return status;
    status = write_rows(ratings, e, &file, error);
    if (status == BT_OK)
        return file_replace_commit(&file, error);
    file_replace_abort(&file);
    return status;
}

bt_status evaluate_export(const bt_ratings *ratings, const bt_evaluate_params *params, bool temporal, const char *folder,
                          bt_error *error)
{
    if (file_get_door()->mkdir(folder, 0777) != 0 && errno != EEXIST)
        return error_set(error, BT_IO, "%s: can't make the folder: %s", folder, strerror(errno));
    exported e = {
        .role = memory_array(ratings->n_ratings, 1),
        .fold = memory_array(ratings->n_ratings, 1),
        .scratch = memory_array(ratings->n_ratings, 1),
    };
    bt_status status = e.role && e.fold && e.scratch ? BT_OK : error_no_memory(error, "splitting the ratings");
    for (uint32_t i = 0; status == BT_OK && i < params->n_seeds; i++)
        status = write_split(ratings, params->first_seed + i, temporal, folder, &e, error);
    bt_free(e.role);
    bt_free(e.fold);
    bt_free(e.scratch);
    return status;
}

int evaluate_export_answer(const cli *c, const bt_evaluate_params *params, const char *folder)
{
    if (c->json)
        return cli_json(c, json_pack("{s:o, s:I, s:I}", "folder", cli_json_text(folder), "seed", (json_int_t)params->first_seed,
                                     "seeds", (json_int_t)params->n_seeds));
    printf("%u splits in %s\n", params->n_seeds, folder);
    return CLI_DONE;
}
