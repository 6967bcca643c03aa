mr_test(test_cli_shell
  SOURCES entity_printer_test.cpp golden_screens_test.cpp json_text_test.cpp login_token_test.cpp
          row_printer_test.cpp
          session_statements_test.cpp statement_runner_test.cpp statement_splitter_test.cpp
          text_layout_test.cpp
  DEPS millrace_cli_shell millrace_config)
mr_test(test_cli_stop SOURCES stop_signals_test.cpp ../../../cli/stop_signals.cpp DEPS millrace_base)
