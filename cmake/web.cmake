# The dashboard, as Vite built it into web/dist (make web); a build without it serves the API only.
file(GLOB_RECURSE ASSAY_WEB_FILES CONFIGURE_DEPENDS web/dist/*)
add_custom_command(
  OUTPUT ${ASSAY_GENERATED}/web_files.cpp
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/embed_web.py ${CMAKE_SOURCE_DIR}/web/dist ${ASSAY_GENERATED}/web_files.cpp
  DEPENDS ${ASSAY_WEB_FILES} cmake/embed_web.py)
list(APPEND ASSAY_EXTRA_server ${ASSAY_GENERATED}/web_files.cpp)
