/* The doctor's checks of what people said and who they are: the event log, the profiles made from it, the accounts. None of the three
 * has to be there; a server makes them.
 */
#include "app/doctor.h"
#include "app/live.h"
#include "base/file.h"
#include "store/accounts.h"

typedef bt_status check_store(const char *url, bt_error *error);

/* --- opening and checking one ------------------------------------------------------------------------------------------ */

static bt_status check_log(const char *url, bt_error *error)
{
    event_log *log = NULL;
    bt_status status = event_log_open_reading(url, &log, error);
    if (status == BT_OK)
        status = event_log_check(log, error);
    event_log_close(log);
    return status;
}

static bt_status check_profiles(const char *url, bt_error *error)
{
    history *profiles = NULL;
    bt_status status = history_open(url, HISTORY_READ, &profiles, error);
    if (status == BT_OK)
        status = history_check(profiles, error);
    history_close(profiles);
    return status;
}

/* --- what mends one ------------------------------------------------------------------------------------------------------ */

/* Profiles of events that nobody has any more would be ahead of a new log, so they go with it. */
static const char *mend_log(doctor *d)
{
    return doctor_text(d, "cd %s && mv events.db events.db.damaged && rm -f events.db-wal events.db-shm profiles.db*",
                       doctor_quoted(d, d->data_path));
}

static const char *mend_profiles(doctor *d)
{
    return doctor_text(d, "cd %s && rm -f profiles.db* && butaca events replay --data .", doctor_quoted(d, d->data_path));
}

static const char *mend_accounts(doctor *d)
{
    return doctor_text(d, "cd %s && mv accounts.db accounts.db.damaged && rm -f accounts.db-wal accounts.db-shm",
                       doctor_quoted(d, d->data_path));
}

/* --- the check ----------------------------------------------------------------------------------------------------------- */

static void tell(doctor *d, const char *what, const char *file, const bt_error *error, const char *mend)
{
    if (error->status == BT_VERSION)
        doctor_fault(d, what, "install the newer butaca that wrote it", "%s", error->message);
    else if (error->status == BT_PERMISSION)
        doctor_fault(d, what, doctor_text(d, "sudo chown $(id -u) %s", doctor_quoted(d, file)), "%s", error->message);
    else if (error->status == BT_BUSY)
        doctor_fault(d, what, "wait until the other program is done", "%s", error->message);
    else
        doctor_fault(d, what, mend, "%s", error->message);
}

void doctor_check_people(doctor *d)
{
    const struct {
        const char *what, *name, *scheme;
        check_store *check;
        const char *(*mend)(doctor *d);
    } stores[] = {
        {"events", "events.db", "local:", check_log, mend_log},
        {"profiles", "profiles.db", "sqlite:", check_profiles, mend_profiles},
        {"accounts", "accounts.db", "sqlite:", accounts_check, mend_accounts},
    };
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) {
        const char *file = doctor_text(d, "%s/%s", d->data_path, stores[i].name);
        bt_error error = {0};
        if (!file_exists(file))
            continue;
        if (stores[i].check(doctor_text(d, "%s%s", stores[i].scheme, file), &error) == BT_OK)
            doctor_well(d, stores[i].what, "%s is whole", stores[i].name);
        else
            tell(d, stores[i].what, file, &error, stores[i].mend(d));
    }
}
