# BPF programs, embedded as skeletons:
#
#   xtcp_bpf_skeletons(bpf walk_typed walk_bulk)
#
# compiles walk_typed.bpf.c of the current folder for BPF and makes "bpf/walk_typed.skel.h" of it, which library xtcp2_bpf can
# include. No vmlinux.h: the structs are our own (src/bpf/kernel.bpf.h) and fitted to the running kernel when loaded.

find_program(BPF_CLANG NAMES clang-19 REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)

function(xtcp_bpf_skeletons library)
  set(out ${PROJECT_BINARY_DIR}/generated/bpf)
  file(MAKE_DIRECTORY ${out})
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.bpf.h ${CMAKE_CURRENT_SOURCE_DIR}/*_maps.h)
  set(skeletons)
  foreach(name ${ARGN})
    # -fno-strict-aliasing: rows are zeroed by words and then read by members. The prefix maps keep paths of the machine out of
    # the debug information.
    add_custom_command(
      OUTPUT ${out}/${name}.skel.h
      COMMAND ${BPF_CLANG} -target bpf -mcpu=v3 -std=gnu11 -O2 -g -fno-strict-aliasing -Wall -Wextra -Wno-unused-parameter -Werror
              -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -fdebug-compilation-dir=. -I${PROJECT_SOURCE_DIR}/src
              -MD -MF ${out}/${name}.d -MT ${out}/${name}.skel.h
              -c ${CMAKE_CURRENT_SOURCE_DIR}/${name}.bpf.c -o ${out}/${name}.raw.o
      COMMAND ${BPFTOOL} gen object ${out}/${name}.o ${out}/${name}.raw.o
      COMMAND ${BPFTOOL} gen skeleton ${out}/${name}.o name ${name}_bpf > ${out}/${name}.skel.h.new
      COMMAND ${CMAKE_COMMAND} -E rename ${out}/${name}.skel.h.new ${out}/${name}.skel.h
      DEPENDS ${name}.bpf.c ${headers} ${PROJECT_SOURCE_DIR}/src/abi/bpf_row.h
      DEPFILE ${out}/${name}.d
      COMMENT "BPF ${name}"
      VERBATIM)
    list(APPEND skeletons ${out}/${name}.skel.h)
  endforeach()
  add_custom_target(xtcp2_${library}_skeletons DEPENDS ${skeletons})
  add_dependencies(xtcp2_${library} xtcp2_${library}_skeletons)
  # Not ours to warn about.
  target_include_directories(xtcp2_${library} SYSTEM PRIVATE ${PROJECT_BINARY_DIR}/generated)
endfunction()
