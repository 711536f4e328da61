# Rooms: a folder is a static library that sees its own headers and those of the rooms it names.
#
# Includes are written from the repository's root ("models/units/money.hpp"). Putting the root on the include path would
# show every header to every room, so each room's folder is linked into an include tree of its own
# (build/include/hr_models_units/models/units -> models/units), and a target gets the trees of its DEPS only.

add_library(hr_settings INTERFACE)
target_compile_features(hr_settings INTERFACE cxx_std_20)
target_compile_options(hr_settings INTERFACE -Wall -Wextra -Wconversion -Werror
  -ffp-contract=off)  # the same bits on processors with and without fused multiply-add

function(headroom_room path)
  cmake_parse_arguments(ARG "" "" "DEPS;LINK;TEST_DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  set(tree ${CMAKE_BINARY_DIR}/include/hr_${name})
  get_filename_component(parent ${tree}/${path} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${path} ${tree}/${path} SYMBOLIC)

  # A new file joins its room by being there; CONFIGURE_DEPENDS makes the build notice.
  file(GLOB sources CONFIGURE_DEPENDS ${path}/*.cpp)
  if(NOT sources)
    add_library(hr_${name} INTERFACE)
    set(scope INTERFACE)
  else()
    add_library(hr_${name} STATIC ${sources})
    set(scope PUBLIC)
  endif()
  target_include_directories(hr_${name} ${scope} ${tree})
  target_link_libraries(hr_${name} ${scope} hr_settings ${ARG_LINK})
  foreach(dep ${ARG_DEPS})
    string(REPLACE "/" "_" dep ${dep})
    target_link_libraries(hr_${name} ${scope} hr_${dep})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY HEADROOM_ROOMS ${path})
  # What only one room needs for its build stands in the room.
  include(${CMAKE_SOURCE_DIR}/${path}/room.cmake OPTIONAL)

  file(GLOB tests CONFIGURE_DEPENDS test/${path}/*_test.cpp)
  if(HEADROOM_TESTS AND tests)
    add_executable(test_${name} ${tests})
    target_link_libraries(test_${name} PRIVATE hr_${name} hr_test_main)
    foreach(dep ${ARG_TEST_DEPS})
      string(REPLACE "/" "_" dep ${dep})
      target_link_libraries(test_${name} PRIVATE hr_${dep})
    endforeach()
    add_test(NAME test_${name} COMMAND test_${name})
    set_tests_properties(test_${name} PROPERTIES WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} LABELS unit)
  endif()
endfunction()

# The `headroom` command: one file a verb, linked with every room.
function(headroom_program)
  file(GLOB sources CONFIGURE_DEPENDS tools/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/bench_[a-z_]*\\.cpp$")
  if(NOT sources)
    return()
  endif()
  add_executable(headroom ${sources})
  set_target_properties(headroom PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  target_include_directories(headroom PRIVATE ${CMAKE_BINARY_DIR}/include/program)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include/program)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/tools ${CMAKE_BINARY_DIR}/include/program/tools SYMBOLIC)
  target_compile_definitions(headroom PRIVATE HEADROOM_VERSION="${PROJECT_VERSION}")
  target_link_libraries(headroom PRIVATE hr_settings Boost::program_options Threads::Threads)
  get_property(rooms GLOBAL PROPERTY HEADROOM_ROOMS)
  foreach(room ${rooms})
    string(REPLACE "/" "_" room ${room})
    target_link_libraries(headroom PRIVATE hr_${room})
  endforeach()
  # Benchmarks stand beside the verbs: one executable for each tools/bench_<room>.cpp, not built by default.
  file(GLOB benches CONFIGURE_DEPENDS tools/bench_*.cpp)
  foreach(bench ${benches})
    get_filename_component(name ${bench} NAME_WE)
    add_executable(${name} EXCLUDE_FROM_ALL ${bench})
    target_link_libraries(${name} PRIVATE hr_settings Threads::Threads)
    foreach(room ${rooms})
      string(REPLACE "/" "_" room ${room})
      target_link_libraries(${name} PRIVATE hr_${room})
    endforeach()
  endforeach()
endfunction()

if(HEADROOM_TESTS)
  enable_testing()
  add_library(hr_test_main STATIC test/main.cpp)
  target_link_libraries(hr_test_main PUBLIC Catch2::Catch2 hr_settings)
endif()
