#include "wire/timestamp.h"

#include "base/clock.h"

namespace xtcp2::wire {
namespace {

struct Date {
  int64_t year;
  uint32_t month, day;
};

// The Gregorian date of a day counted from 1970. Years are taken to begin in March, so that the leap day is the last of
// its year and months have a regular pattern (153 days in five); eras of 400 years repeat exactly.
Date DateOf(int64_t days) {
  constexpr int64_t kEraDays = 146'097;
  days += 719'468;                      // from 0000-03-01
  const int64_t era = days / kEraDays;  // never negative: an int64 of nanoseconds reaches back to 1677 only
  const uint32_t day_of_era = static_cast<uint32_t>(days - era * kEraDays);
  const uint32_t year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const uint32_t shifted_month = (5 * day_of_year + 2) / 153;  // 0 is March
  const uint32_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {era * 400 + year_of_era + (month <= 2), month, day_of_year - (153 * shifted_month + 2) / 5 + 1};
}

uint8_t* PutPadded(uint8_t* at, uint64_t value, int digits) {
  for (int i = digits; i-- > 0; value /= 10) at[i] = static_cast<uint8_t>('0' + value % 10);
  return at + digits;
}

uint8_t* PutWith(uint8_t* at, char separator, uint64_t value, int digits) {
  *at = static_cast<uint8_t>(separator);
  return PutPadded(at + 1, value, digits);
}

uint8_t* PutFraction(uint8_t* at, uint32_t ns) {
  if (ns == 0) return at;
  int digits = 9;
  for (; ns % 10 == 0; ns /= 10) --digits;
  return PutWith(at, '.', ns, digits);
}

}  // namespace

uint8_t* PutTimestamp(uint8_t* at, int64_t ns) {
  constexpr int64_t kSecondsPerDay = 86'400;
  const int64_t fraction = (ns % kNsPerSecond + kNsPerSecond) % kNsPerSecond;
  const int64_t seconds = ns / kNsPerSecond - (ns % kNsPerSecond < 0);
  const int64_t second_of_day = (seconds % kSecondsPerDay + kSecondsPerDay) % kSecondsPerDay;
  const Date date = DateOf((seconds - second_of_day) / kSecondsPerDay);
  const uint64_t second = static_cast<uint64_t>(second_of_day);
  at = PutPadded(at, static_cast<uint64_t>(date.year), 4);
  at = PutWith(at, '-', date.month, 2);
  at = PutWith(at, '-', date.day, 2);
  at = PutWith(at, 'T', second / 3'600, 2);
  at = PutWith(at, ':', second / 60 % 60, 2);
  at = PutWith(at, ':', second % 60, 2);
  at = PutFraction(at, static_cast<uint32_t>(fraction));
  *at = 'Z';
  return at + 1;
}

}  // namespace xtcp2::wire
