# `millrace datagen`, apart so that its rows can be tested without the rest of the binary.
mr_library(millrace_datagen_templates SOURCES datagen_templates.cpp DEPS fmt::fmt)
mr_library(millrace_datagen
  SOURCES datagen.cpp datagen_sink.cpp
  DEPS millrace_datagen_templates
  PRIVATE_DEPS millrace_base millrace_cli_login millrace_log_kafka millrace_net)
