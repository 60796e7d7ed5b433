/* The handlers that the table of routes names. Each one reads the request and leaves a reply in it. */
#ifndef SERVER_HANDLERS_H
#define SERVER_HANDLERS_H

#include "server/routes.h"

/* films.c */
route_handler films_list, films_get, films_similar, films_genres;

/* search.c */
route_handler search_get, suggest_get;

/* recommendations.c */
route_handler recommendations_post, recommendations_rows;

/* onboarding.c */
route_handler onboarding_get, onboarding_post;

/* sessions.c */
route_handler guests_post, session_get, session_delete;

/* accounts.c */
route_handler users_post, session_post, password_put, tokens_get, tokens_post, token_delete, sessions_get, sessions_delete;

/* export.c */
route_handler me_export, me_delete;

/* events.c */
route_handler events_post, events_post_batch, events_list;

/* me.c */
route_handler me_profile, me_recommendations;

/* admin.c */
route_handler admin_claim, admin_users, admin_user_put, admin_user_delete, admin_models, admin_activate, admin_rollback,
    admin_training_get, admin_training_post;

/* live_stream.c */
route_handler stream_get;

/* health.c */
route_handler health_live, health_ready, health_about;

/* metrics.c */
route_handler metrics_get;

/* assets.c */
route_handler assets_page, assets_admin, assets_docs, assets_openapi;

#endif
