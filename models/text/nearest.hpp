#pragma once

// The nearest valid name to a misspelt one. It stands in the leaf because misspelt units need it too.
#include "models/units/nearest.hpp"
