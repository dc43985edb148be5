// The daemon as a graph of parts: built from a configuration, run, ended in order. Everything here is the main
// thread's.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "app/bpf_programs.h"
#include "app/ledger.h"
#include "app/output.h"
#include "app/settings.h"
#include "collect/capture_writer.h"
#include "config/parse.h"
#include "daemon/poller.h"
#include "serve/capabilities.h"
#include "serve/http_server.h"
#include "serve/sd_notify.h"
#include "serve/signals.h"

namespace xtcp2::app {

class Daemon {
 public:
  // `signals` wakes the main thread when a part has news. `programs` outlives it.
  Daemon(const config::Config& config, Signals& signals, BpfPrograms& programs);
  ~Daemon();

  // Opens, binds and starts everything but the polls. An error names what cannot be had and how to mend it; `usage`
  // says whether the configuration is at fault (exit 2) or the host (exit 1).
  struct StartError {
    Error error;
    bool usage;
  };
  std::optional<StartError> Start();
  // What collecting turned out to need, once started.
  BpfUse bpf_use() const { return walks_ ? BpfUse::kLoaded : BpfUse::kNone; }
  void StartPolling();

  // Ends polls at once, then sends what is queued; at most config.shutdown_timeout.
  void Stop();
  // After -maxLoops: sends everything, however long it takes; a signal cuts it short.
  bool Drained(std::chrono::milliseconds timeout);
  void Reopen() { output_->Reopen(); }

  std::string destination() const { return output_->Text(); }
  bool finished() const { return finished_.load(); }  // -maxLoops polls are done
  // The destination can never work again, or -auditAction exit.
  bool failed() const { return failed_.load(); }
  // Why the poll loop does not move, or why not everything is ready yet.
  std::optional<std::string> WhyNotAlive() const;
  std::optional<std::string> WhyNotReady() const;

 private:
  std::optional<StartError> StartOutput();
  std::optional<StartError> StartHttp();
  std::optional<StartError> StartReaders();
  std::optional<StartError> CheckThreads(unsigned readers) const;
  // One for each reader: rings where they are wanted and can be had for all, else system calls.
  std::optional<StartError> MakeRunners(unsigned readers);
  Result<std::unique_ptr<daemon::Reader>> MakeReader(unsigned index);
  // daemon_walk.cc. -collector: null where netlink collects.
  Result<std::unique_ptr<daemon::WalkSource>> MakeWalk(unsigned readers);
  void GiveCookies(bpf::WalkProgram& walk) const;
  // daemon_ledger.cc. -ledger.
  std::optional<StartError> StartLedger();
  Result<std::unique_ptr<Ledger>> StartLedgerOf(const bpf::LedgerOptions& options);
  Result<std::shared_ptr<bpf::WalkProgram>> LoadWalk(const bpf::WalkOptions& options);
  void RegisterGauges();
  // Any thread.
  void Failed() {
    failed_ = true;
    signals_.Wake();
  }

  const config::Config config_;
  Signals& signals_;
  BpfPrograms& programs_;
  daemon::HostFacts host_;
  daemon::ReadSettings read_;
  std::atomic<bool> stop_{false}, finished_{false}, failed_{false}, polling_{false};
  bool walks_ = false;

  // In order of making; ended in the opposite order.
  std::unique_ptr<Output> output_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<Ledger> ledger_;
  std::atomic<const Ledger*> answering_{nullptr};              // ledger_ once it has started, for the HTTP thread
  std::shared_ptr<collect::RowCounters> row_source_;           // of all readers
  std::vector<std::unique_ptr<collect::DumpRunner>> runners_;  // until the readers have them
  std::unique_ptr<daemon::ReaderPool> readers_;
  std::unique_ptr<daemon::Poller> poller_;
};

}  // namespace xtcp2::app
