# One program per benchmark: bench/bench_<name>.cpp.
find_package(benchmark REQUIRED)
file(GLOB benches CONFIGURE_DEPENDS bench/bench_*.cpp)
foreach(source ${benches})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  if(name STREQUAL bench_secrets)
    target_include_directories(${name} PRIVATE tests)
    target_link_libraries(${name} PRIVATE assay_secrets assay_catalog PkgConfig::VECTORSCAN)  # no network, no store: built in a minute
  elseif(name STREQUAL bench_git_history)
    target_link_libraries(${name} PRIVATE assay_source assay_catalog)
  else()
    target_link_libraries(${name} PRIVATE assay_fleet assay_ticket benchmark::benchmark)
  endif()
  if(NOT name STREQUAL bench_raw)
    target_link_libraries(${name} PRIVATE mimalloc)  # as the program; the floor is OpenSSL and sockets alone
  endif()
endforeach()
