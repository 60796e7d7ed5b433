/* Whole imports of any bytes, for each reader: the import comes to an end that says what is wrong or what came in, its counts fit
 * each other, and what it shows of the file is text. It is a dry run, into a data folder that has three films.
 *
 * The first byte of an input picks the reader, the rest is the file that it reads; for a mapped file the first line is the map.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/import.h"
#include "text/utf8.h"

static void require(int holds)
{
    if (!holds)
        abort();
}

/* --- readers --------------------------------------------------------------------------------------------------------- */

#define ITEM(id, title) id "|" title "|01-Jan-1985||http://x|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n"

static const char movies[] = "movieId,title,genres\n1,Heat (1995),Crime\n2,Alien (1979),Sci-Fi\n3,Brazil (1985),Sci-Fi\n";
static const char links[] = "movieId,imdbId,tmdbId\n1,0113277,949\n2,0078748,348\n3,0088846,68\n";
static const char ratings[] = "userId,movieId,rating,timestamp\n1,1,4.0,100\n2,1,4.5,100\n";
static const char movies_dat[] = "1::Heat (1995)::Crime\n2::Alien (1979)::Sci-Fi\n3::Brazil (1985)::Sci-Fi\n";
static const char ratings_dat[] = "1::1::4::100\n2::1::4::100\n";
static const char items[] = ITEM("1", "Heat (1995)") ITEM("2", "Alien (1979)") ITEM("3", "Brazil (1985)");
static const char metadata[] = "id,imdb_id,title,original_title,overview,genres,production_countries,spoken_languages,"
                               "original_language,release_date,runtime,poster_path\n"
                               "949,tt0113277,Heat,,,[],[],[],en,1995-12-15,170.0,\n";

typedef struct set_file {
    const char *name, *text;
} set_file;

static const struct reader {
    const char *file; /* what the input becomes */
    set_file others[3];
    bool single; /* the file itself is imported, not its folder */
} readers[] = {
    {"ratings.csv", {{"movies.csv", movies}, {"links.csv", links}}, false},
    {"movies.csv", {{"ratings.csv", ratings}, {"links.csv", links}}, false},
    {"links.csv", {{"movies.csv", movies}, {"ratings.csv", ratings}}, false},
    {"tags.csv", {{"movies.csv", movies}, {"ratings.csv", ratings}}, false},
    {"ratings.dat", {{"movies.dat", movies_dat}}, false},
    {"movies.dat", {{"ratings.dat", ratings_dat}}, false},
    {"tags.dat", {{"movies.dat", movies_dat}, {"ratings.dat", ratings_dat}}, false},
    {"u.data", {{"u.item", items}}, false},
    {"u.item", {{"u.data", "7\t1\t4\t100\n"}}, false},
    {"movies_metadata.csv", {{"links.csv", links}, {"ratings.csv", ratings}}, false},
    {"keywords.csv", {{"movies_metadata.csv", metadata}}, false},
    {"credits.csv", {{"movies_metadata.csv", metadata}}, false},
    {"links.csv", {{"movies_metadata.csv", metadata}, {"ratings.csv", ratings}}, false}, /* Kaggle's */
    {"overviews.csv", {{NULL, NULL}}, true},
    {"films.json", {{NULL, NULL}}, true}, /* Wikipedia's */
    {"films.jsonl", {{"ratings.csv", ratings}}, false},
    {"own.csv", {{NULL, NULL}}, true}, /* mapped */
};

enum { N_READERS = sizeof readers / sizeof *readers, MAPPED = N_READERS - 1, PATH_SIZE = 4096 };

/* --- files ------------------------------------------------------------------------------------------------------------ */

static char root[PATH_SIZE / 4]; /* ROOT/data, and ROOT/N for the set of reader N */

static void remove_tree(const char *path)
{
    DIR *entries = opendir(path);
    for (const struct dirent *entry; entries && (entry = readdir(entries)) != NULL;) {
        char inner[PATH_SIZE];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < (int)sizeof inner && unlink(inner) != 0)
            remove_tree(inner);
    }
    if (entries)
        closedir(entries);
    rmdir(path);
}

static void remove_root(void)
{
    remove_tree(root);
}

static void write_file(size_t reader, const char *name, const void *bytes, size_t size)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%zu/%s", root, reader, name);
    FILE *file = fopen(path, "wb");
    require(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

/* The data folder with three films, of which the sets are. */
static void import_films(const char *data)
{
    static const set_file files[] = {{"movies.csv", movies}, {"links.csv", links}, {"ratings.csv", ratings}};
    bt_error error = {0};
    import_summary summary;
    folder f;
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%d", root, N_READERS);
    require(mkdir(path, 0700) == 0);
    for (size_t i = 0; i < 3; i++)
        write_file(N_READERS, files[i].name, files[i].text, strlen(files[i].text));
    require(folder_open(data, FOLDER_WRITE, &f, &error) == BT_OK);
    require(import_run(&f, path, NULL, &summary, &error) == BT_OK && summary.n_rejected == 0);
    folder_close(&f);
}

static void make_root(const char *data)
{
    const char *parent = getenv("TMPDIR");
    snprintf(root, sizeof root, "%s/butaca-fuzz-XXXXXX", parent ? parent : "/tmp");
    require(mkdtemp(root) != NULL && atexit(remove_root) == 0);
    for (size_t i = 0; i < N_READERS; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%zu", root, i);
        require(mkdir(path, 0700) == 0);
        for (size_t j = 0; j < 3 && readers[i].others[j].name; j++)
            write_file(i, readers[i].others[j].name, readers[i].others[j].text, strlen(readers[i].others[j].text));
    }
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", root, data);
    import_films(path);
}

/* --- what came out ---------------------------------------------------------------------------------------------------- */

static void require_text(const char *text, size_t size)
{
    require(strlen(text) < size && utf8_is_valid(text, strlen(text)));
    for (const char *c = text; *c; c++)
        require((unsigned char)*c >= ' ' && *c != 0x7F);
}

static void check_preview(const import_preview *p)
{
    require(p->n_films <= IMPORT_PREVIEW_MAX && p->n_ratings <= IMPORT_PREVIEW_MAX && p->n_rejects <= IMPORT_PREVIEW_MAX);
    for (size_t i = 0; i < p->n_films; i++)
        require_text(p->films[i].title, sizeof p->films[i].title);
    for (size_t i = 0; i < p->n_ratings; i++) {
        require_text(p->ratings[i].user, sizeof p->ratings[i].user);
        require_text(p->ratings[i].title, sizeof p->ratings[i].title);
        require(p->ratings[i].half_stars >= 1 && p->ratings[i].half_stars <= 10);
    }
    for (size_t i = 0; i < p->n_rejects; i++) {
        require_text(p->rejects[i].file, sizeof p->rejects[i].file);
        require_text(p->rejects[i].row, sizeof p->rejects[i].row);
        require(p->rejects[i].line > 0 && p->rejects[i].reason != NULL);
#ifdef FUZZ_PLANTED_BUG
        static volatile char copy[8]; /* too short for a longer row */
        for (size_t j = 0; p->rejects[i].row[j]; j++)
            copy[j] = p->rejects[i].row[j];
#endif
    }
}

static void check_summary(const import_summary *s)
{
    size_t n_rejected = 0;
    for (size_t i = 0; i < IMPORT_REJECT_COUNT; i++)
        n_rejected += s->rejected[i];
    require(n_rejected == s->n_rejected && s->n_rejected <= s->rows_read && s->rejects_path[0] == '\0');
    require(s->films_new <= s->films_read && s->n_films_total == 3 + s->films_new);
    require(s->ratings_read + s->films_read + s->n_rejected > 0 || s->tags + s->links > 0 || s->rows_read > 0);
    require(s->n_ratings_total >= s->ratings_new && s->n_ratings_total <= 2 + s->ratings_read);
}

static void run(folder *target, const char *path, const import_map *map)
{
    import_preview preview;
    import_summary summary;
    bt_error error = {0};
    const import_params params = {.path = path, .map = map, .preview = &preview};
    const bt_status status = import_run_params(target, &params, &summary, &error);
    require(status == BT_OK || status == BT_BAD_FORMAT || status == BT_CORRUPT || status == BT_LIMIT ||
            status == BT_UNSUPPORTED || (map && status == BT_INVALID_ARGUMENT));
    require(status == BT_OK || map || strstr(error.message, root) != NULL);
    if (status == BT_OK)
        check_summary(&summary);
    check_preview(&preview);
}

/* Takes the first line as the map; false: it is none. */
static bool take_map(const uint8_t **data, size_t *size, import_map *map)
{
    char text[1024];
    bt_error error = {0};
    const uint8_t *feed = memchr(*data, '\n', *size);
    const size_t length = feed ? (size_t)(feed - *data) : *size;
    if (length >= sizeof text)
        return false;
    memcpy(text, *data, length);
    text[length] = '\0';
    *data += length + (feed != NULL);
    *size -= length + (feed != NULL);
    const bt_status status = import_map_parse(text, map, &error);
    require(status == BT_OK || (status == BT_INVALID_ARGUMENT && error.message[0] != '\0'));
    if (status == BT_OK)
        require(map->user[0] != '\0' && map->rating[0] != '\0' && map->source[0] != '\0' && strstr(text, map->user) != NULL);
    return status == BT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static folder target;
    char path[PATH_SIZE];
    import_map map;
    if (root[0] == '\0') {
        make_root("data");
        snprintf(path, sizeof path, "%s/data", root);
        require(folder_open(path, FOLDER_LOOK, &target, NULL) == BT_OK);
    }
    if (size < 1)
        return 0;
    const size_t reader = data[0] % N_READERS;
    data++, size--;
    if (reader == MAPPED && !take_map(&data, &size, &map))
        return 0;
    write_file(reader, readers[reader].file, data, size);
    snprintf(path, sizeof path, "%s/%zu%s%s", root, reader, readers[reader].single ? "/" : "",
             readers[reader].single ? readers[reader].file : "");
    run(&target, path, reader == MAPPED ? &map : NULL);
    return 0;
}
