#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace headroom::sweep {

/// Point `index` (from 0) of the Sobol sequence in `dimensions` (1 to 3667) dimensions: 64 bits a coordinate, the binary fraction
/// of [0, 1), with direction numbers of S. Joe and F. Y. Kuo (new-joe-kuo-6) in the order of Gray codes: 0, 1/2, 3/4, 1/4 ...
/// Any aligned block of 2^k points is a net: each dyadic interval of a coordinate of length 2^-k holds one of them.
[[nodiscard]] std::vector<std::uint64_t> sobol_point(std::size_t dimensions, std::uint64_t index);

/// Where point `index` of a random design lies on the axis `id`, in (0, 1). Another axis or point changes nothing here.
[[nodiscard]] double random_share(std::uint64_t seed, const std::string& id, std::uint64_t index);

/// Where point `index` of a Sobol design lies on each axis, in (0, 1): the sequence with the bits of every coordinate flipped
/// by a pattern of seed and axis (a digital shift), which keeps the blocks nets and no point on the border.
[[nodiscard]] std::vector<double> sobol_shares(std::uint64_t seed, const std::vector<std::string>& ids, std::uint64_t index);

}  // namespace headroom::sweep
