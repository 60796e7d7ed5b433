/* The doctor's checks of what the folder holds: the catalogue, the ratings, the models, and whether they fit each other. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/doctor.h"
#include "app/state.h"
#include "base/file.h"

/* --- catalogue ------------------------------------------------------------------------------------------------------- */

/* Nothing in the folder can make up for a damaged catalogue or damaged ratings: put it aside and import again. */
static const char *begin_anew(doctor *d)
{
    const char *folder_word = doctor_quoted(d, d->data_path);
    return doctor_text(d, "mv %s %s && butaca import PATH%s", folder_word,
                       doctor_quoted(d, doctor_text(d, "%s.damaged", d->data_path)), d->data_option);
}

static void catalogue_fault(doctor *d, const bt_error *error)
{
    if (error->status == BT_NOT_FOUND)
        doctor_fault(d, "catalogue", doctor_command(d, "import PATH"), "no data yet in %s", d->data_path);
    else if (error->status == BT_VERSION)
        doctor_fault(d, "catalogue", "install the newer butaca that wrote it", "%s", error->message);
    else if (error->status == BT_PERMISSION)
        doctor_fault(d, "catalogue", doctor_text(d, "sudo chown -R $(id -u) %s", doctor_quoted(d, d->data_path)), "%s",
                     error->message);
    else if (error->status == BT_BUSY)
        doctor_fault(d, "catalogue", "wait until the other program is done", "%s", error->message);
    else
        doctor_fault(d, "catalogue", begin_anew(d), "%s", error->message);
}

void doctor_check_catalogue(doctor *d)
{
    bt_error error = {0};
    bt_status status = folder_open(d->data_path, FOLDER_READ, &d->folder, &error);
    if (status == BT_OK)
        status = catalogue_open(d->folder.catalogue_url, CATALOGUE_READ, &d->catalogue, &error);
    if (status == BT_OK)
        status = catalogue_check(d->catalogue, &error);
    if (status == BT_OK)
        status = catalogue_cards(d->catalogue, d->memory, &d->cards, &d->n_cards, &error);
    if (status == BT_OK) {
        doctor_well(d, "catalogue", "%zu films", d->n_cards);
        return;
    }
    catalogue_fault(d, &error);
    catalogue_close(d->catalogue);
    d->catalogue = NULL;
}

/* --- ratings --------------------------------------------------------------------------------------------------------- */

/* The ratings must be those that the catalogue's last import committed. */
static void check_fit(doctor *d, const char *path)
{
    const char *committed = NULL;
    bt_error error = {0};
    const bt_status status = catalogue_get_value(d->catalogue, "ratings.fingerprint", d->memory, &committed, &error);
    const size_t missing = doctor_missing_films(d, d->ratings->film_ids, d->ratings->n_films);
    if (status != BT_OK)
        doctor_fault(d, "ratings", begin_anew(d), "%s", error.message);
    else if (committed == NULL || strtoull(committed, NULL, 16) != d->ratings->fingerprint)
        doctor_fault(d, "ratings", begin_anew(d),
                     "%s is not the file that the last import wrote (it has fingerprint %016" PRIx64 ", the catalogue says %s)",
                     path, d->ratings->fingerprint, committed != NULL ? committed : "none");
    else if (missing > 0)
        doctor_fault(d, "ratings", begin_anew(d), "%zu films have ratings, but aren't in the catalogue", missing);
    else
        doctor_well(d, "ratings", "%zu ratings of %zu films by %zu users", d->ratings->n_ratings, d->ratings->n_films,
                    d->ratings->n_users);
}

void doctor_check_ratings(doctor *d)
{
    if (d->catalogue == NULL)
        return; /* its own finding says what comes first */
    const char *path = NULL;
    bt_error error = {0};
    bt_status status = folder_ratings(&d->folder, d->catalogue, d->memory, &path, &error);
    if (status == BT_NOT_FOUND) {
        doctor_fault(d, "ratings", doctor_command(d, "import PATH"), "%s", error.message);
        return;
    }
    if (status == BT_OK)
        status = bt_ratings_verify(path, &error);
    if (status == BT_OK)
        status = bt_ratings_open(path, &d->ratings, &error);
    if (status == BT_OK)
        check_fit(d, path);
    else if (status == BT_VERSION)
        doctor_fault(d, "ratings", "install the newer butaca that wrote it", "%s", error.message);
    else
        doctor_fault(d, "ratings", begin_anew(d), "%s", error.message);
}

/* --- models ---------------------------------------------------------------------------------------------------------- */

static void check_active(doctor *d, const bt_model_info *info)
{
    const char *train = doctor_command(d, "train");
    const size_t missing = d->catalogue != NULL ? doctor_missing_films(d, info->film_ids, info->n_films) : 0;
    if (missing > 0)
        doctor_fault(d, "model", train, "%zu films of the active model aren't in the catalogue", missing);
    else if (d->ratings != NULL && info->ratings_fingerprint != d->ratings->fingerprint)
        doctor_fault(d, "model", train, "stale: the ratings have changed since %016" PRIx64 " was trained", info->fingerprint);
    else
        doctor_well(d, "model", "%016" PRIx64 ", rank %u, %zu films", info->fingerprint, info->params.rank, info->n_films);
}

/* Lists do without, so a model may have none; one that is there must open. */
static void check_ratings(doctor *d, uint64_t fingerprint, const char *what, bool active)
{
    const char *path = NULL;
    bt_rating_model *model = NULL;
    bt_error error = {0};
    if (folder_rating_path(&d->folder, fingerprint, d->memory, &path, NULL) != BT_OK || !file_exists(path))
        return;
    if (bt_rating_model_open(path, &model, &error) != BT_OK)
        doctor_fault(d, what, doctor_text(d, "rm %s", doctor_quoted(d, path)), "%s", error.message);
    else if (active)
        doctor_well(d, what, "%zu films, 80 %% intervals", bt_rating_model_describe(model).n_films);
    bt_rating_model_close(model);
}

static void check_active_file(doctor *d, const char *path)
{
    bt_model *model = NULL;
    bt_error error = {0};
    const bt_status status = bt_model_open(path, &model, &error);
    if (status == BT_OK) {
        check_active(d, bt_model_describe(model));
        check_ratings(d, bt_model_describe(model)->fingerprint, "rating model", true);
    } else if (status == BT_VERSION)
        doctor_fault(d, "model", "install the newer butaca that wrote it", "%s", error.message);
    else
        doctor_fault(d, "model", doctor_command(d, "train"), "%s", error.message);
    bt_model_close(model);
}

/* Models that aren't in use are there to go back to, so they too must open. */
static void check_others(doctor *d)
{
    folder_model *models = NULL;
    size_t n = 0;
    if (folder_models(&d->folder, d->memory, &models, &n, NULL) != BT_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        const char *path = NULL;
        bt_model *model = NULL;
        bt_error error = {0};
        const uint64_t fingerprint = strtoull(models[i].id, NULL, 16);
        if (models[i].active || folder_model_path(&d->folder, fingerprint, d->memory, &path, NULL) != BT_OK)
            continue;
        if (bt_model_open(path, &model, &error) != BT_OK)
            doctor_fault(d, "older model", doctor_text(d, "rm %s", doctor_quoted(d, path)), "%s", error.message);
        check_ratings(d, fingerprint, "older rating model", false);
        bt_model_close(model);
    }
}

void doctor_check_models(doctor *d)
{
    if (d->folder.path == NULL)
        return;
    const char *path = NULL;
    bt_error error = {0};
    if (folder_model_active(&d->folder, d->memory, &path, &error) == BT_OK)
        check_active_file(d, path);
    else
        doctor_fault(d, "model", doctor_command(d, "train"), "%s", error.message);
    check_others(d);
}

/* --- the search index ------------------------------------------------------------------------------------------------- */

/* One that is missing or of older films is no fault: the next search makes it. */
void doctor_check_search(doctor *d)
{
    if (d->catalogue == NULL)
        return;
    const char *path = doctor_text(d, "%s/" SEARCH_INDEX_NAME, d->folder.path);
    bt_search_index *index = NULL;
    bt_error error = {0};
    uint64_t stamp = 0, version = 0;
    const bt_status status = bt_search_index_open(path, &index, &stamp, &error);
    catalogue_version(d->catalogue, &version, NULL);
    if (status == BT_OK && stamp == version)
        doctor_well(d, "search", "%zu films, %zu words", bt_search_describe(index).n_films, bt_search_describe(index).n_words);
    else if (status == BT_OK || status == BT_NOT_FOUND || status == BT_VERSION)
        doctor_well(d, "search", "the next search makes its index");
    else
        doctor_fault(d, "search", doctor_text(d, "rm %s", doctor_quoted(d, path)), "%s", error.message);
    bt_search_index_free(index);
}

/* The same of the films' neighbours by text. */
void doctor_check_texts(doctor *d)
{
    if (d->catalogue == NULL)
        return;
    const char *path = doctor_text(d, "%s/" NEIGHBOURS_NAME, d->folder.texts_path);
    bt_neighbours *table = NULL;
    bt_error error = {0};
    uint64_t version = 0;
    const bt_status status = bt_neighbours_open(path, &table, &error);
    catalogue_version(d->catalogue, &version, NULL);
    if (status == BT_OK && texts_are_current(table, version))
        doctor_well(d, "texts", "neighbours of %zu films, by %s", bt_neighbours_describe(table)->n_films,
                    bt_neighbours_describe(table)->method);
    else if (status == BT_OK || status == BT_NOT_FOUND || status == BT_VERSION)
        doctor_well(d, "texts", "the next list makes the neighbours by text");
    else
        doctor_fault(d, "texts", doctor_text(d, "rm %s", doctor_quoted(d, path)), "%s", error.message);
    bt_neighbours_close(table);
}
