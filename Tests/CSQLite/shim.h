// For the test of the SQL in the article on fencing; nothing that users build needs it.
#include <sqlite3.h>
