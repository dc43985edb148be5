// Sockets made by hand for the tests and the benchmark of this folder: every part lies in bytes of its own, exactly as
// many as the table reads, so that AddressSanitizer sees an encoder that reads further.
#pragma once

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "encode/context_runs.h"
#include "encode/format.h"
#include "schema/read.h"
#include "wire/utf8.h"

namespace xtcp2::encode {

class MadeSocket {
 public:
  // Every part given, all zero.
  MadeSocket() {
    for (const schema::Field& field : schema::kFields) {
      if (field.part == schema::Part::kNone) continue;
      std::vector<uint8_t>& bytes = bytes_[Index(field.part)];
      bytes.resize(std::max<size_t>(bytes.size(), field.offset + schema::LoadSize(field.load)));
    }
    for (size_t i = 0; i < bytes_.size(); ++i)
      if (!bytes_[i].empty()) socket.part[i] = bytes_[i].data();
    socket.part[Index(schema::Part::kRow)] = reinterpret_cast<const uint8_t*>(&socket.row);
    SetContext({});
  }

  void SetContext(const schema::Context& given) {
    context = given;
    socket.part[Index(schema::Part::kContext)] = reinterpret_cast<const uint8_t*>(&context);
  }
  uint8_t* Part(schema::Part part) { return bytes_[Index(part)].data(); }

  // Stores a number where the field is read; not for fields of less than a byte.
  void Set(const char* name, uint64_t value) {
    Set(schema::kFields[*schema::FindField(name, schema::Epoch::k2)], value);
  }
  void Set(const schema::Field& field, uint64_t value) {
    if (field.load == schema::Load::kBig16) value = __builtin_bswap16(static_cast<uint16_t>(value));
    std::memcpy(const_cast<uint8_t*>(schema::Place(field, socket)), &value, schema::LoadSize(field.load));
  }

  // The same byte everywhere.
  void Fill(uint8_t byte) {
    for (std::vector<uint8_t>& bytes : bytes_) std::fill(bytes.begin(), bytes.end(), byte);
    for (const schema::Field& field : schema::kFields)
      if (field.part == schema::Part::kRow)
        std::memset(reinterpret_cast<uint8_t*>(&socket.row) + field.offset, byte, schema::LoadSize(field.load));
  }

  // Random bytes everywhere; `zero_percent` of the bytes are zero. A third of what attributes give is absent (Set is
  // not for those).
  void Randomize(std::mt19937_64& random, unsigned zero_percent) {
    for (std::vector<uint8_t>& bytes : bytes_)
      for (uint8_t& byte : bytes) byte = random() % 100 < zero_percent ? 0 : static_cast<uint8_t>(1 + random() % 255);
    for (const schema::Field& field : schema::kFields) {
      if (field.part != schema::Part::kRow) continue;
      uint8_t* at = reinterpret_cast<uint8_t*>(&socket.row) + field.offset;
      for (size_t i = 0; i < schema::LoadSize(field.load); ++i)
        at[i] = random() % 100 < zero_percent ? 0 : static_cast<uint8_t>(1 + random() % 255);
    }
    if (random() % 2) socket.row.congestion = static_cast<uint32_t>(random() % 10);
    if (random() % 2) Part(schema::Part::kMsg)[0] = random() % 2 ? 2 : 10;  // family
    if (random() % 2) Part(schema::Part::kMsg)[1] = random() % 14;          // state
    for (size_t i = 0; i < bytes_.size(); ++i) {
      const bool always =
          i == Index(schema::Part::kMsg) || i == Index(schema::Part::kContext) || i == Index(schema::Part::kRow);
      if (!always) socket.part[i] = random() % 3 == 0 ? schema::kZeros.data() : bytes_[i].data();
    }
  }

  schema::Socket socket;
  schema::Context context;

 private:
  std::array<std::vector<uint8_t>, schema::kPartCount> bytes_;
};

// A context whose every field is set, each text another one; `nasty` is put into some of them. The texts are kept by
// the object.
class MadeContext {
 public:
  explicit MadeContext(const std::string& nasty = {}) {
    size_t n = 0;
    for (const schema::Field& field : schema::kFields) {
      if (field.part != schema::Part::kContext) continue;
      uint8_t* at = reinterpret_cast<uint8_t*>(&context) + field.offset;
      ++n;
      if (field.load == schema::Load::kText) {
        texts_[n] = std::string(field.name) + (n % 2 ? nasty : std::string());
        Store(at, std::string_view(texts_[n]));
      } else {
        const uint64_t number = field.type == schema::Type::kEnum ? 2 : 0x0123'4567'89ab'cde0 + n;
        std::memcpy(at, &number, schema::LoadSize(field.load));
      }
    }
  }
  schema::Context context;

 private:
  std::array<std::string, schema::kFieldCount> texts_;
};

// An encoder and the one context that all its rows have; the default one at first.
template <class Encoder>
class WithContext {
 public:
  explicit WithContext(const EncodeOptions& options) : encoder_(options) { SetContext({}); }
  void SetContext(const schema::Context& context) { encoder_.EncodeContext(context, runs_); }
  void Append(const schema::Socket& socket, Buffer& rows) const { encoder_.Append(socket, runs_, rows); }

 private:
  const Encoder encoder_;
  ContextRuns runs_;
};

// A text as every format has to say it.
inline std::string Repaired(std::string_view text) {
  std::string out(wire::RepairedSize(text), '\0');
  wire::PutRepaired(reinterpret_cast<uint8_t*>(out.data()), text);
  return out;
}

// The rows of one encoder as a payload would carry them, framing included, header not.
inline std::string Payload(const Framing& framing, size_t count, const Buffer& rows) {
  const Frame frame = framing.Around(count, rows.size());
  std::string out(AsText(frame.Head()));
  out += rows.text().substr(0, rows.size() - frame.drop_last);
  return out += frame.tail;
}

}  // namespace xtcp2::encode
