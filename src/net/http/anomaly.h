#pragma once

// What a strict reader of HTTP/1.1 would refuse and ours reads all the same: one stable code each, recorded with the
// response (HttpResponseRecord::anomalies). Codes are public (docs/http-reader.md): never renamed, never reused.

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace assay::net::http {

namespace anomaly {
// Status line.
inline constexpr std::string_view kLeadingBlankLine = "leading-blank-line";
inline constexpr std::string_view kLeadingBom = "leading-bom";
inline constexpr std::string_view kStatusLineSpacing = "status-line-spacing";
inline constexpr std::string_view kVersionCase = "version-case";
inline constexpr std::string_view kVersionUnknown = "version-unknown";
inline constexpr std::string_view kStatusUnusual = "status-unusual";
inline constexpr std::string_view kReasonMissing = "reason-missing";
// Lines and characters of the head.
inline constexpr std::string_view kBareLf = "bare-lf";
inline constexpr std::string_view kBareCr = "bare-cr";
inline constexpr std::string_view kNul = "nul";
inline constexpr std::string_view kControlCharacter = "control-character";
inline constexpr std::string_view kNonAscii = "non-ascii";
// Fields.
inline constexpr std::string_view kObsFold = "obs-fold";
inline constexpr std::string_view kFirstFieldIndented = "first-field-indented";
inline constexpr std::string_view kFieldWithoutColon = "field-without-colon";
inline constexpr std::string_view kFieldNameEmpty = "field-name-empty";
inline constexpr std::string_view kFieldNameInvalid = "field-name-invalid";
inline constexpr std::string_view kSpaceBeforeColon = "space-before-colon";
inline constexpr std::string_view kFieldLimit = "field-limit";
inline constexpr std::string_view kHeadLimit = "head-limit";
inline constexpr std::string_view kHeadCut = "head-cut";
inline constexpr std::string_view kInterimLimit = "interim-limit";
inline constexpr std::string_view kSwitchingProtocols = "switching-protocols";
// Framing of the body.
inline constexpr std::string_view kLengthInvalid = "length-invalid";
inline constexpr std::string_view kLengthRepeated = "length-repeated";
inline constexpr std::string_view kLengthConflict = "length-conflict";
inline constexpr std::string_view kLengthWithTransferCoding = "length-with-transfer-coding";
inline constexpr std::string_view kLengthOnBodiless = "length-on-bodiless";
inline constexpr std::string_view kTransferCodingUnknown = "transfer-coding-unknown";
inline constexpr std::string_view kTransferCodingUnrequested = "transfer-coding-unrequested";
inline constexpr std::string_view kChunkedRepeated = "chunked-repeated";
inline constexpr std::string_view kChunkedNotLast = "chunked-not-last";
inline constexpr std::string_view kChunkedInHttp10 = "chunked-in-http10";
// The body.
inline constexpr std::string_view kChunkBareLf = "chunk-bare-lf";
inline constexpr std::string_view kChunkSizeSpacing = "chunk-size-spacing";
inline constexpr std::string_view kChunkSizeInvalid = "chunk-size-invalid";
inline constexpr std::string_view kChunkExtensionLimit = "chunk-extension-limit";
inline constexpr std::string_view kChunkEndMissing = "chunk-end-missing";
inline constexpr std::string_view kTrailerCut = "trailer-cut";
inline constexpr std::string_view kTrailerLimit = "trailer-limit";
inline constexpr std::string_view kBodyShort = "body-short";
inline constexpr std::string_view kBodyReset = "body-reset";
inline constexpr std::string_view kBodyTimeout = "body-timeout";
inline constexpr std::string_view kBodyStopped = "body-stopped";
inline constexpr std::string_view kBodyLimit = "body-limit";
inline constexpr std::string_view kBytesAfterEnd = "bytes-after-end";
// Content codings.
inline constexpr std::string_view kContentCodingUnrequested = "content-coding-unrequested";
inline constexpr std::string_view kContentCodingUnknown = "content-coding-unknown";
inline constexpr std::string_view kContentCodingMismatch = "content-coding-mismatch";
inline constexpr std::string_view kContentCodingBroken = "content-coding-broken";
inline constexpr std::string_view kContentCodingTrailing = "content-coding-trailing";
inline constexpr std::string_view kDecodeLimit = "decode-limit";

// All of the above: what docs/http-reader.md must list and the corpus must show.
inline constexpr std::array kAll = {kLeadingBlankLine,
                                    kLeadingBom,
                                    kStatusLineSpacing,
                                    kVersionCase,
                                    kVersionUnknown,
                                    kStatusUnusual,
                                    kReasonMissing,
                                    kBareLf,
                                    kBareCr,
                                    kNul,
                                    kControlCharacter,
                                    kNonAscii,
                                    kObsFold,
                                    kFirstFieldIndented,
                                    kFieldWithoutColon,
                                    kFieldNameEmpty,
                                    kFieldNameInvalid,
                                    kSpaceBeforeColon,
                                    kFieldLimit,
                                    kHeadLimit,
                                    kHeadCut,
                                    kInterimLimit,
                                    kSwitchingProtocols,
                                    kLengthInvalid,
                                    kLengthRepeated,
                                    kLengthConflict,
                                    kLengthWithTransferCoding,
                                    kLengthOnBodiless,
                                    kTransferCodingUnknown,
                                    kTransferCodingUnrequested,
                                    kChunkedRepeated,
                                    kChunkedNotLast,
                                    kChunkedInHttp10,
                                    kChunkBareLf,
                                    kChunkSizeSpacing,
                                    kChunkSizeInvalid,
                                    kChunkExtensionLimit,
                                    kChunkEndMissing,
                                    kTrailerCut,
                                    kTrailerLimit,
                                    kBodyShort,
                                    kBodyReset,
                                    kBodyTimeout,
                                    kBodyStopped,
                                    kBodyLimit,
                                    kBytesAfterEnd,
                                    kContentCodingUnrequested,
                                    kContentCodingUnknown,
                                    kContentCodingMismatch,
                                    kContentCodingBroken,
                                    kContentCodingTrailing,
                                    kDecodeLimit};
}  // namespace anomaly

// The codes seen so far, each once, in the order in which they were first seen.
class Anomalies {
 public:
  void note(std::string_view code);
  bool has(std::string_view code) const;
  const std::vector<std::string>& codes() const { return codes_; }

 private:
  std::vector<std::string> codes_;
};

}  // namespace assay::net::http
