# Binding of expressions: its own library, so that whoever needs only expressions links only this.
mr_library(millrace_bind
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/bind.cpp
    ${CMAKE_CURRENT_LIST_DIR}/bind_call.cpp
    ${CMAKE_CURRENT_LIST_DIR}/bind_compare.cpp
    ${CMAKE_CURRENT_LIST_DIR}/bind_list.cpp
    ${CMAKE_CURRENT_LIST_DIR}/bound_expression.cpp
  DEPS millrace_sql millrace_functions)
