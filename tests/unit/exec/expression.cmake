mr_test(test_expression
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/expression_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_batch_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/expression_sharing_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/../functions/evaluate.cpp
  DEPS millrace_expression millrace_sql millrace_functions)
