# Generated sources: the embedded catalogue, the public suffix list, Mozilla's roots, and the table of judges.
# The generator fails the build when a judge has no catalogue entry or an entry names a judge that does not exist.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
file(GLOB_RECURSE ASSAY_CATALOG_FILES CONFIGURE_DEPENDS catalog/*.yaml catalog/*.json)
file(GLOB_RECURSE ASSAY_JUDGE_FILES CONFIGURE_DEPENDS src/judge/*/*.cpp)
set(ASSAY_GENERATED ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${ASSAY_GENERATED})
add_custom_command(
  OUTPUT ${ASSAY_GENERATED}/embedded_catalog.cpp
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_catalog.py ${CMAKE_SOURCE_DIR}/catalog ${ASSAY_GENERATED}/embedded_catalog.cpp
  DEPENDS ${ASSAY_CATALOG_FILES} cmake/embed_catalog.py)
# The secret rules are read once, here, by the reader of the program itself.
add_executable(pack_secret_rules cmake/pack_secret_rules.cpp src/catalog/packed_rules.cpp src/catalog/secret_file.cpp src/catalog/yaml.cpp)
target_include_directories(pack_secret_rules PRIVATE src)
target_link_libraries(pack_secret_rules PRIVATE assay_model yaml-cpp)
add_custom_command(
  OUTPUT ${ASSAY_GENERATED}/secret_rules.packed
  COMMAND pack_secret_rules ${CMAKE_SOURCE_DIR}/catalog/secrets ${ASSAY_GENERATED}/secret_rules.packed
  DEPENDS ${ASSAY_CATALOG_FILES} pack_secret_rules)
add_custom_command(
  OUTPUT ${ASSAY_GENERATED}/embedded_secret_rules.cpp
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_text.py ${ASSAY_GENERATED}/secret_rules.packed
          assay::catalog::embedded_secret_rules catalog/packed_rules.h ${ASSAY_GENERATED}/embedded_secret_rules.cpp
  DEPENDS ${ASSAY_GENERATED}/secret_rules.packed cmake/embed_text.py)
add_custom_command(
  OUTPUT ${ASSAY_GENERATED}/public_suffix_list.cpp
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_text.py ${CMAKE_SOURCE_DIR}/catalog/public_suffix_list.dat
          assay::public_suffix_list base/public_suffix_list.h ${ASSAY_GENERATED}/public_suffix_list.cpp
  DEPENDS catalog/public_suffix_list.dat cmake/embed_text.py)
foreach(text mozilla.pem distrust_after.txt)
  string(REGEX REPLACE "\\..*" "" function ${text})
  add_custom_command(
    OUTPUT ${ASSAY_GENERATED}/trust_${function}.cpp
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_text.py ${CMAKE_SOURCE_DIR}/catalog/trust/${text}
            assay::net::tls::${function}_text net/tls/trust_data.h ${ASSAY_GENERATED}/trust_${function}.cpp
    DEPENDS catalog/trust/${text} cmake/embed_text.py)
  list(APPEND ASSAY_EXTRA_net ${ASSAY_GENERATED}/trust_${function}.cpp)
endforeach()
set_source_files_properties(${ASSAY_EXTRA_net} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
add_custom_command(
  OUTPUT ${ASSAY_GENERATED}/judge_registry.cpp
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/judge_registry.py ${CMAKE_SOURCE_DIR}/src/judge ${CMAKE_SOURCE_DIR}/catalog/requirements ${ASSAY_GENERATED}/judge_registry.cpp
  DEPENDS ${ASSAY_CATALOG_FILES} ${ASSAY_JUDGE_FILES} cmake/judge_registry.py)
set(ASSAY_EXTRA_base ${ASSAY_GENERATED}/public_suffix_list.cpp)
set_source_files_properties(${ASSAY_EXTRA_base} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
set(ASSAY_EXTRA_catalog ${ASSAY_GENERATED}/embedded_catalog.cpp ${ASSAY_GENERATED}/embedded_secret_rules.cpp)
set_source_files_properties(${ASSAY_GENERATED}/embedded_secret_rules.cpp PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
set(ASSAY_EXTRA_judge ${ASSAY_GENERATED}/judge_registry.cpp)
# The document of the API, as JSON.
add_custom_command(
  OUTPUT ${ASSAY_GENERATED}/openapi.cpp
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_text.py ${CMAKE_SOURCE_DIR}/docs/openapi.yaml
          assay::server::api::openapi_text server/api/openapi_text.h ${ASSAY_GENERATED}/openapi.cpp
  DEPENDS docs/openapi.yaml cmake/embed_text.py)
list(APPEND ASSAY_EXTRA_server ${ASSAY_GENERATED}/openapi.cpp)
set_source_files_properties(${ASSAY_GENERATED}/openapi.cpp PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
