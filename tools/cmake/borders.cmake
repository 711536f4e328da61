# The borders between rooms, as tests.
#
# At configuration: a room names only rooms that are declared above it, so that there is no cycle; no room of models reaches one of
# sim, and the engine reaches models/units alone.
#
# As the ctest `borders_of_rooms`, which builds the target of that name: every header compiles alone, and twice in a row; every room
# sees the rooms that its DEPS reach and none of the others. As `include_against_the_direction`: a file of models/units that includes
# a header of sim does not compile.

# Rooms that `room` may include: its DEPS and what they reach.
function(headroom_reach room out)
  set(reach)
  get_property(deps GLOBAL PROPERTY HEADROOM_DEPS_${room})
  foreach(dep ${deps})
    headroom_reach(${dep} further)
    list(APPEND reach ${dep} ${further})
  endforeach()
  list(REMOVE_DUPLICATES reach)
  set(${out} ${reach} PARENT_SCOPE)
endfunction()

function(headroom_check_direction room reach)
  foreach(other ${reach})
    if(room MATCHES "^models/" AND NOT other MATCHES "^models/")
      message(FATAL_ERROR "${room} reaches ${other}: models know nothing of the simulation")
    elseif(room STREQUAL "sim/engine" AND NOT other STREQUAL "models/units")
      message(FATAL_ERROR "sim/engine reaches ${other}: the engine knows the units and nothing else")
    elseif(NOT other MATCHES "^(models|sim)/")
      message(FATAL_ERROR "${room} reaches ${other}: a room stands on rooms of models and sim only")
    endif()
  endforeach()
endfunction()

# Preprocessor lines that fail if `room` sees a header of a room outside `reach`, or does not see one inside.
function(headroom_probe room reach out)
  get_property(rooms GLOBAL PROPERTY HEADROOM_ROOMS)
  set(text)
  foreach(other ${rooms} tools)
    file(GLOB headers RELATIVE ${CMAKE_SOURCE_DIR} ${other}/*.hpp)
    foreach(header ${headers})
      if(other IN_LIST reach OR other STREQUAL room)
        string(APPEND text "#if !__has_include(\"${header}\")\n#error \"${room} does not see ${header}\"\n#endif\n")
      else()
        string(APPEND text "#if __has_include(\"${header}\")\n#error \"${room} sees ${header}, which is none of its rooms\"\n#endif\n")
      endif()
    endforeach()
  endforeach()
  set(${out} ${text} PARENT_SCOPE)
endfunction()

function(headroom_borders)
  # Both compilers look at the borders; the sanitizers would find nothing more.
  if(NOT HEADROOM_TESTS OR CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    return()
  endif()
  add_custom_target(borders_of_rooms)
  get_property(rooms GLOBAL PROPERTY HEADROOM_ROOMS)
  foreach(room ${rooms})
    headroom_reach(${room} reach)
    headroom_check_direction(${room} "${reach}")
    string(REPLACE "/" "_" name ${room})
    set(folder ${CMAKE_BINARY_DIR}/borders/${name})
    headroom_probe(${room} "${reach}" text)
    file(CONFIGURE OUTPUT ${folder}/sees.cpp CONTENT "${text}" @ONLY)
    set(sources ${folder}/sees.cpp)
    file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${room}/*.hpp)
    foreach(header ${headers})
      get_filename_component(stem ${header} NAME_WE)
      file(CONFIGURE OUTPUT ${folder}/${stem}.hpp.cpp CONTENT "#include \"${header}\"\n#include \"${header}\"\n" @ONLY)
      list(APPEND sources ${folder}/${stem}.hpp.cpp)
    endforeach()
    add_library(borders_${name} OBJECT EXCLUDE_FROM_ALL ${sources})
    target_link_libraries(borders_${name} PRIVATE hr_${name})
    target_compile_options(borders_${name} PRIVATE -O0)
    add_dependencies(borders_of_rooms borders_${name})
  endforeach()

  set(wrong ${CMAKE_BINARY_DIR}/borders/against_the_direction.cpp)
  file(CONFIGURE OUTPUT ${wrong} CONTENT "#include \"sim/engine/time.hpp\"\n" @ONLY)
  add_library(include_against_the_direction OBJECT EXCLUDE_FROM_ALL ${wrong})
  target_link_libraries(include_against_the_direction PRIVATE hr_models_units)

  # Both build in the folder of the build, so neither may run beside the other.
  foreach(target borders_of_rooms include_against_the_direction)
    add_test(NAME ${target} COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR} --target ${target})
    set_tests_properties(${target} PROPERTIES LABELS unit RESOURCE_LOCK build TIMEOUT 1200)
  endforeach()
  set_tests_properties(include_against_the_direction PROPERTIES
    PASS_REGULAR_EXPRESSION "sim/engine/time.hpp(: No such file|' file not found)")
endfunction()
