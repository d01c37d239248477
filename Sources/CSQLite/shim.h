// The door to SQLite. Nothing here has logic or state.
#pragma once
#include <sqlite3.h>

// SQLITE_TRANSIENT, "copy it", is a cast that Swift does not import.
static inline int CSQLite_bind_text(sqlite3_stmt *statement, int parameter, const char *text, sqlite3_uint64 bytes) {
    return sqlite3_bind_text64(statement, parameter, text, bytes, SQLITE_TRANSIENT, SQLITE_UTF8);
}
static inline int CSQLite_bind_blob(sqlite3_stmt *statement, int parameter, const void *blob, sqlite3_uint64 bytes) {
    return sqlite3_bind_blob64(statement, parameter, blob, bytes, SQLITE_TRANSIENT);
}

// Swift does not import variadic functions. "Text" in double quotes is a name, and an error where there is none.
static inline int CSQLite_take_no_quoted_text(sqlite3 *connection) {
    int code = sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
    return code == SQLITE_OK ? sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0) : code;
}
