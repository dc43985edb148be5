# The stamp that -version prints and daemon_version carries. Written at build time, only when it changed, so that a commit costs one
# small recompile and an unchanged tree none.

add_custom_target(xtcp2_version_stamp
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
          -DOUT=${PROJECT_BINARY_DIR}/generated/version_stamp.h -P ${PROJECT_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${PROJECT_BINARY_DIR}/generated/version_stamp.h
  COMMENT "")
