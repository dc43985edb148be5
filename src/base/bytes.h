// Views of bytes, unaligned loads and stores, and Buffer: a growing byte array that never initialises what it grows by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace xtcp2 {

using Bytes = std::span<const uint8_t>;

inline Bytes AsBytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }
inline std::string_view AsText(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Loads a T in host byte order from any address.
template <class T>
inline T Load(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Stores a T in host byte order at any address.
template <class T>
inline void Store(uint8_t* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

// Loads a big-endian T.
template <class T>
inline T LoadBig(const uint8_t* at) {
  static_assert(sizeof(T) > 1);
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>((value << 8) | at[i]);
  return value;
}

// Bytes that grow at the end. Writers ask for room once (`Room`), write through the pointer and say how far they came
// (`Commit`), so that the fast path has one capacity check per row. Not thread-safe; movable.
class Buffer {
 public:
  static constexpr size_t kSlack = 64;  // readable and writable behind capacity(), for stores wider than what they mean

  Buffer() = default;
  explicit Buffer(size_t capacity) { Reserve(capacity); }
  Buffer(Buffer&& other) noexcept { Swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer moved(std::move(other));
    Swap(moved);
    return *this;
  }

  const uint8_t* data() const { return data_.get(); }
  uint8_t* data() { return data_.get(); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t capacity() const { return capacity_; }
  Bytes bytes() const { return {data_.get(), size_}; }
  std::string_view text() const { return AsText(bytes()); }
  void Clear() { size_ = 0; }
  void Truncate(size_t size) { size_ = size < size_ ? size : size_; }

  // A pointer to the end with at least `count` writable bytes (and kSlack more) behind it.
  uint8_t* Room(size_t count) {
    if (capacity_ - size_ < count) Grow(count);
    return data_.get() + size_;
  }
  // Takes everything before `end`, a pointer into the room given last, as written.
  void Commit(const uint8_t* end) { size_ = static_cast<size_t>(end - data_.get()); }

  void Append(Bytes bytes) {
    if (bytes.empty()) return;
    uint8_t* at = Room(bytes.size());
    std::memcpy(at, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void Append(std::string_view text) { Append(AsBytes(text)); }
  void Append(char c) { *Room(1) = static_cast<uint8_t>(c), ++size_; }
  void Reserve(size_t capacity);

 private:
  void Grow(size_t count);
  void Swap(Buffer& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  std::unique_ptr<uint8_t[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace xtcp2
