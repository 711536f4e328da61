include(${CMAKE_SOURCE_DIR}/tools/cmake/embed.cmake)
headroom_embed(hr_models_catalog ${path} headroom::catalog::embedded chips networks hosts architectures sources)
