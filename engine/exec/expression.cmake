# Compiled expressions: their own library, so that whoever needs only them links only this.
mr_library(millrace_expression
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/expression.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_arithmetic.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_call.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_cast.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_compare.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_leaf.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_like.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_logic.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_sharing.cpp
    ${CMAKE_CURRENT_LIST_DIR}/like_pattern.cpp
  DEPS millrace_bind)
