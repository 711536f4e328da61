include(${CMAKE_SOURCE_DIR}/tools/cmake/embed.cmake)
headroom_embed(hr_models_training ${path} headroom::training::embedded constants)
