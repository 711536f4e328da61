# Data compiled into the program: the JSON files of a room's folders become string literals, so that the program needs no
# files beside it. A new file joins by being there.
#
# As a module: headroom_embed(TARGET ROOM NAMESPACE FOLDER...) generates one source file that defines, for each FOLDER,
# `std::span<const File> FOLDER()` in NAMESPACE, files in order of name; ROOM/embedded.hpp declares them.
# As a script (cmake -P) it writes that file; the arguments come in as ROOM_DIR, ROOM, NAMESPACE, FOLDERS, OUTPUT.

function(headroom_embed target room namespace)
  set(inputs)
  foreach(folder ${ARGN})
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${room}/${folder}/*.json)
    list(APPEND inputs ${files})
  endforeach()
  string(REPLACE ";" "," folders "${ARGN}")
  set(output ${CMAKE_BINARY_DIR}/embedded/${target}.cpp)
  # The list of names is an input too: a file that goes away must leave the program.
  string(REPLACE ";" "\n" names "${inputs}")
  file(CONFIGURE OUTPUT ${output}.inputs CONTENT "${names}\n" @ONLY)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D ROOM_DIR=${CMAKE_SOURCE_DIR}/${room} -D ROOM=${room} -D NAMESPACE=${namespace}
            -D FOLDERS=${folders} -D OUTPUT=${output} -P ${CMAKE_SOURCE_DIR}/tools/cmake/embed.cmake
    DEPENDS ${inputs} ${output}.inputs ${CMAKE_SOURCE_DIR}/tools/cmake/embed.cmake
    COMMENT "Embedding the JSON files of ${room}")
  target_sources(${target} PRIVATE ${output})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE AND DEFINED OUTPUT)
  set(text "// Generated from the JSON files of ${ROOM}.\n#include \"${ROOM}/embedded.hpp\"\n\n#include <array>\n\nnamespace ${NAMESPACE} {\n")
  string(REPLACE "," ";" FOLDERS "${FOLDERS}")
  foreach(folder ${FOLDERS})
    file(GLOB files ${ROOM_DIR}/${folder}/*.json)
    list(SORT files COMPARE STRING)
    list(LENGTH files count)
    string(APPEND text "\nstd::span<const File> ${folder}() {\n  static constexpr std::array<File, ${count}> files{{\n")
    foreach(file ${files})
      get_filename_component(name ${file} NAME)
      file(READ ${file} content)
      string(APPEND text "File{\"${folder}/${name}\", R\"~json~(${content})~json~\"},\n")
    endforeach()
    string(APPEND text "  }};\n  return files;\n}\n")
  endforeach()
  string(APPEND text "\n}  // namespace ${NAMESPACE}\n")
  file(WRITE ${OUTPUT} "${text}")
endif()
