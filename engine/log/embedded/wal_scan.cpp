#include "engine/log/embedded/wal_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace millrace {

namespace {

// RocksDB's file of records: blocks of 32 KiB, in them fragments with a head of checksum, length
// and type; a record's fragments stand one behind the other.
constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kHeadBytes = 7;
enum FragmentType : uint8_t { kNothing = 0, kWhole = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

// A record is a WriteBatch: sequence number of its first entry, number of entries, entries.
constexpr size_t kBatchHeadBytes = 12;
constexpr char kLogDataTag = 3;

uint64_t get_little(const char* data, size_t size) {
    uint64_t value = 0;
    for (size_t i = size; i > 0; --i) value = value << 8 | static_cast<uint8_t>(data[i - 1]);
    return value;
}

std::array<uint32_t, 256> make_crc_table() {
    constexpr uint32_t kCastagnoli = 0x82f63b78;
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < table.size(); ++i) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kCastagnoli : 0);
        table[i] = crc;
    }
    return table;
}

/// As RocksDB stores it: CRC-32C, rotated and moved so that it is not the checksum of itself.
uint32_t masked_crc(ByteView bytes) {
    static const auto table = make_crc_table();
    uint32_t crc = 0xffffffff;
    for (const char byte : bytes)
        crc = table[(crc ^ static_cast<uint8_t>(byte)) & 0xff] ^ (crc >> 8);
    crc = ~crc;
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

/// The records of one file, one after the other, over holes.
class WalFile {
public:
    struct Record {
        std::string bytes;
        uint64_t at = 0;
        std::string hole;  ///< What is not whole ahead of the record, or empty.
        uint64_t hole_at = 0;
        bool end = false;  ///< There is no record any more, perhaps a hole.
    };

    explicit WalFile(std::string bytes) : bytes_(std::move(bytes)) {}

    Record next() {
        Record record;
        bool open = false;  // A first fragment is there, its last one not yet.
        for (;;) {
            const Fragment fragment = next_fragment();
            if (fragment.type == kNothing && fragment.wrong.empty()) {
                if (open) note_hole(record, record.at, "it ends within a record");
                record.bytes.clear();
                record.end = true;
                return record;
            }
            const bool begins = fragment.type == kWhole || fragment.type == kFirst;
            if (!fragment.wrong.empty()) {
                note_hole(record, open ? record.at : fragment.at, fragment.wrong);
            } else if (begins == open) {
                note_hole(record, open ? record.at : fragment.at, "a part of a record is missing");
            }
            if (!fragment.wrong.empty() || (!begins && !open)) {
                open = false;
                continue;
            }
            if (begins) {
                record.bytes.clear();
                record.at = fragment.at;
            }
            record.bytes += fragment.payload;
            open = fragment.type == kFirst || fragment.type == kMiddle;
            if (!open) return record;
        }
    }

private:
    struct Fragment {
        FragmentType type = kNothing;
        ByteView payload;
        uint64_t at = 0;
        std::string wrong;
    };

    static void note_hole(Record& record, uint64_t at, const std::string& what) {
        if (!record.hole.empty()) return;
        record.hole = what;
        record.hole_at = at;
    }

    size_t block_end() const { return (position_ / kBlockBytes + 1) * kBlockBytes; }

    Fragment wrong(const std::string& what) {
        Fragment fragment;
        fragment.at = position_;
        fragment.wrong = what;
        // Where the next one begins is not to be told, but for the next block's first: it is where
        // a checksum is right.
        const size_t end = std::min(bytes_.size(), block_end());
        do ++position_;
        while (position_ < end && !is_fragment());
        return fragment;
    }

    bool is_fragment() const {
        if (position_ + kHeadBytes > std::min(bytes_.size(), block_end())) return false;
        const char* head = bytes_.data() + position_;
        const size_t length = get_little(head + 4, 2);
        const auto type = static_cast<uint8_t>(head[6]);
        return type != kNothing && type <= kLast &&
               position_ + kHeadBytes + length <= std::min(bytes_.size(), block_end()) &&
               masked_crc({head + 6, length + 1}) == get_little(head, 4);
    }

    Fragment next_fragment() {
        while (position_ < bytes_.size() && block_end() - position_ < kHeadBytes)
            position_ = std::min(bytes_.size(), block_end());
        if (position_ == bytes_.size()) return {};
        if (bytes_.size() - position_ < kHeadBytes) return wrong("it ends within a record");
        const char* head = bytes_.data() + position_;
        const size_t length = get_little(head + 4, 2);
        const auto type = static_cast<uint8_t>(head[6]);
        if (type == kNothing && length == 0) return zeros();
        if (type > kLast) return wrong("there is no such record");
        if (position_ + kHeadBytes + length > block_end()) return wrong("a record is too long");
        if (position_ + kHeadBytes + length > bytes_.size())
            return wrong("it ends within a record");
        if (masked_crc({head + 6, length + 1}) != get_little(head, 4))
            return wrong("the checksum of a record is another one");
        Fragment fragment{
            static_cast<FragmentType>(type), {head + kHeadBytes, length}, position_, {}};
        position_ += kHeadBytes + length;
        return fragment;
    }

    /// Room that was taken ahead and not written is no hole; records behind it make it one.
    Fragment zeros() {
        const size_t from = position_;
        const size_t found = bytes_.find_first_not_of('\0', from);
        if (found == std::string::npos) {
            position_ = bytes_.size();
            return {};
        }
        return wrong("there are zeros instead of a record");
    }

    const std::string bytes_;
    size_t position_ = 0;
};

std::map<uint64_t, std::filesystem::path> wal_files(const std::string& dir) {
    std::map<uint64_t, std::filesystem::path> files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(dir, ignored)) {
        if (entry.path().extension() != ".log") continue;
        const std::string stem = entry.path().stem().string();
        uint64_t number = 0;
        auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
        if (error == std::errc() && end == stem.data() + stem.size()) files[number] = entry.path();
    }
    return files;
}

/// Goes through all records and keeps what the verdict about a hole needs.
class Scan {
public:
    void read(const std::filesystem::path& path) {
        std::ifstream in(path, std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(in), {}};
        file_ = path.filename().string();
        life_known_ = false;
        if (in.bad()) note_hole(0, "it cannot be read");
        WalFile file(std::move(bytes));
        for (;;) {
            WalFile::Record record = file.next();
            if (!record.hole.empty()) note_hole(record.hole_at, record.hole);
            if (record.end) return;
            take(record);
        }
    }

    std::optional<WalHole> verdict() && {
        if (!hole_) return std::nullopt;
        uint64_t missing = next_sequence_;
        if (missing == 0 && !hole_->batches_behind.empty())
            missing = get_little(hole_->batches_behind.front().data(), 8) - 1;
        hole_->acknowledged = missing != 0 && missing <= synced_[hole_life_];
        return std::move(hole_);
    }

private:
    void note_hole(uint64_t at, const std::string& what) {
        if (hole_) return;
        hole_ = WalHole{file_, at, what, false, {}};
        hole_life_ = life_;
        hole_life_known_ = life_known_;
    }

    void take(WalFile::Record& record) {
        if (record.bytes.size() < kBatchHeadBytes) return note_hole(record.at, "a record is cut");
        take_mark(record.bytes);
        const uint64_t sequence = get_little(record.bytes.data(), 8);
        const uint64_t count = get_little(record.bytes.data() + 8, 4);
        if (!hole_ && count > 0) {
            if (next_sequence_ != 0 && sequence > next_sequence_)
                note_hole(record.at, fmt::format("{} entries ahead of it are missing",
                                                 sequence - next_sequence_));
            if (!hole_) next_sequence_ = std::max(next_sequence_, sequence + count);
        }
        // What a failed write left at the end of a file: its successor goes on without a gap.
        if (hole_ && hole_->file != file_ && hole_->batches_behind.empty() && count > 0 &&
            sequence == next_sequence_) {
            hole_.reset();
            next_sequence_ = sequence + count;
        }
        if (hole_) hole_->batches_behind.push_back(std::move(record.bytes));
    }

    void take_mark(ByteView batch) {
        batch.remove_prefix(kBatchHeadBytes);
        if (batch.empty() || batch.front() != kLogDataTag) return;
        batch.remove_prefix(1);
        const auto size = take_varint(batch);
        if (!size || *size > batch.size()) return;
        const auto mark = WalMark::decode(batch.substr(0, *size));
        if (!mark) return;
        life_ = mark->life;
        life_known_ = true;
        synced_[life_] = std::max(synced_[life_], mark->synced);
        // One opening wrote all of a file: a hole ahead of its first mark is that one's.
        if (hole_ && !hole_life_known_ && hole_->file == file_) {
            hole_life_ = life_;
            hole_life_known_ = true;
        }
    }

    std::string file_;
    uint64_t life_ = 0;
    bool life_known_ = false;     ///< By a mark in this file.
    uint64_t next_sequence_ = 0;  ///< After the last batch ahead of the hole.
    std::map<uint64_t, uint64_t> synced_;
    std::optional<WalHole> hole_;
    uint64_t hole_life_ = 0;
    bool hole_life_known_ = false;
};

}  // namespace

std::string WalMark::encode() const {
    std::string blob = "mr";
    put_be64(blob, life);
    put_be64(blob, synced);
    return blob;
}

std::optional<WalMark> WalMark::decode(ByteView blob) {
    if (blob.size() != 18 || !blob.starts_with("mr")) return std::nullopt;
    return WalMark{get_be64(blob.data() + 2), get_be64(blob.data() + 10)};
}

std::optional<WalHole> find_wal_hole(const std::string& dir) {
    Scan scan;
    for (const auto& [number, path] : wal_files(dir)) scan.read(path);
    return std::move(scan).verdict();
}

}  // namespace millrace
