#include "models/catalog/sources.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "models/catalog/embedded.hpp"

namespace headroom::catalog {

std::string_view source_address(std::string_view code) {
  static const std::map<std::string, std::string, std::less<>> addresses = [] {
    std::map<std::string, std::string, std::less<>> all;
    for (const embedded::File& file : embedded::sources()) {
      const nlohmann::json json = nlohmann::json::parse(file.content);
      for (const auto& [key, address] : json.items()) all.emplace(key, address.get<std::string>());
    }
    return all;
  }();
  const auto found = addresses.find(code);
  return found == addresses.end() ? std::string_view{} : std::string_view(found->second);
}

std::vector<std::string> source_codes(std::string_view source) {
  std::vector<std::string> codes;
  while (!source.empty()) {
    const auto cut = source.find(';');
    codes.emplace_back(source.substr(0, cut));
    source = cut == std::string_view::npos ? std::string_view{} : source.substr(cut + 1);
  }
  return codes;
}

}  // namespace headroom::catalog
