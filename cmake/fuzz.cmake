# One libFuzzer program per parser of foreign bytes: tests/fuzz/fuzz_<name>.cpp with its corpus in tests/fuzz/corpus/<name>/.
file(GLOB fuzzers CONFIGURE_DEPENDS tests/fuzz/fuzz_*.cpp)
foreach(source ${fuzzers})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE assay_net assay_source assay_judge assay_catalog)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endforeach()
