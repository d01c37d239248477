# Porchlight. `make run` and `make test` set up everything they need on Debian 12 with Swift 6.3.
PREFIX ?= /usr
DESTDIR ?=
BINARY = .build/release/porchlight
UNITS = $(DESTDIR)/usr/lib/systemd/system
SYSUSERS = $(DESTDIR)/usr/lib/sysusers.d
CONFIG = $(DESTDIR)/etc/porchlight
DOC = $(DESTDIR)$(PREFIX)/share/doc/porchlight
SHARE = $(DESTDIR)$(PREFIX)/share/porchlight

.PHONY: help run check sanitize test gauntlet endurance test-brokers test-cluster test-browser test-home-assistant fuzz lint format build \
	deb test-packages test-arm reproduce test-vm \
	clean install uninstall
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: ## install what is missing, build, watch the first camera (or a demo clip) and show the events
	@scripts/run.sh --only-check
	@scripts/bootstrap.sh run
	@echo "run: building (the first time takes minutes)"
	@swift build -c release --product porchlight
	@scripts/run.sh

test: ## install what is missing and run every test
	@scripts/bootstrap.sh test
	@scripts/test.sh

gauntlet: ## every breakage against the whole program, and four figures in docs/gauntlet.md (ROWS=broker JOBS=3)
	@scripts/bootstrap.sh gauntlet
	@scripts/gauntlet.sh breakages "$(ROWS)" "$(or $(JOBS),3)"

endurance: ## four cameras for hours while everything around them breaks at random (SECONDS=21600 SEED=7)
	@scripts/bootstrap.sh gauntlet
	@scripts/gauntlet.sh endurance "$(or $(SECONDS),21600)" "$(SEED)"

test-brokers: ## the box and its commands on brokers of others: NATS, RabbitMQ, amqtt (MOSQUITTOS=/path/of/another:/and/another)
	@scripts/bootstrap.sh brokers
	@PORCHLIGHT_MOSQUITTOS="$(MOSQUITTOS)" scripts/gauntlet.sh brokers

test-cluster: ## 200 boxes at three RabbitMQ nodes on this machine, one of which is killed and comes back (BOXES=50); by hand
	@scripts/bootstrap.sh cluster
	@scripts/test-cluster.sh $(BOXES)

test-browser: ## the page on the box in Debian's chromium, or in iPhones' engine (BROWSER=webkit), as a phone and at a desk; by hand
	@scripts/bootstrap.sh $(or $(BROWSER),chromium)
	@scripts/test-browser.sh $(or $(BROWSER),chromium)

check: ## what must hold before a commit: build, Swift tests, format; no Python, PyTorch, emulators
	@scripts/bootstrap.sh check
	@swift test -c release --disable-testable-imports
	@scripts/lint.sh

test-home-assistant: ## try the real Home Assistant (Python 3.13, 300 MB from PyPI, 20 minutes); by hand
	@scripts/test-home-assistant.sh $(MINUTES)

fuzz: ## try the parsers with what libFuzzer makes up (TARGET=json SECONDS=3600; all of them for a minute)
	@scripts/bootstrap.sh fuzz
	@scripts/fuzz.sh "$(or $(TARGET),all)" "$(or $(SECONDS),60)"

sanitize: ## the Swift tests under ThreadSanitizer and AddressSanitizer (SANITIZER=thread FILTER=StoreTests); takes long
	@scripts/bootstrap.sh check
	@scripts/sanitize.sh "$(or $(SANITIZER),both)" "$(or $(FILTER),.)"

lint: ## check the format of the Swift files and the shell scripts
	@scripts/lint.sh

format: ## put the Swift files into their format
	@swift format -i -r Sources Tests Package.swift

build: ## install the libraries that are missing and build in release
	@scripts/bootstrap.sh build
	@swift build -c release --product porchlight

deb: ## a Debian package in .build/packages, Swift's runtime inside (ARCH=arm64 SUITE=trixie take a kit of 3 GB first)
	@scripts/bootstrap.sh deb
	@scripts/deb.sh "$(ARCH)" "$(SUITE)"

test-packages: ## install, upgrade, remove and purge the packages of .build/packages in clean systems; needs root; by hand
	@scripts/bootstrap.sh packages
	@scripts/test-packages.sh $(PACKAGES)

test-arm: ## the arm64 program in an emulator beside this machine's, on four processors (STEPS="kernels pictures"); takes long; by hand
	@scripts/bootstrap.sh arm
	@scripts/arm/test.sh $(STEPS)

reproduce: ## whether this commit gives the same package from two folders (ARCH=arm64 SUITE=trixie); builds it twice; by hand
	@scripts/bootstrap.sh deb
	@scripts/reproduce.sh "$(ARCH)" "$(SUITE)"

test-vm: ## the package with the real kernel, systemd and its drivers' cameras, in an emulated machine; needs root; by hand
	@scripts/bootstrap.sh vm
	@scripts/vm/test.sh $(TESTS)

clean: ## remove what was built, made and downloaded
	rm -rf .build .build-thread .build-address .cache .venv .venv-training

# Builds nothing, so that it can run as root after `make build` as somebody else.
install: ## install the program, its units and a first config (DESTDIR= for packaging)
	@test -x $(BINARY) || { echo "install: $(BINARY) is not built; run make build first" >&2; exit 69; }
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/porchlight
	ln -sfn porchlight $(DESTDIR)$(PREFIX)/bin/porchlight-notify
	install -D -m 644 systemd/porchlight.service $(UNITS)/porchlight.service
	install -D -m 644 systemd/porchlight-notify.service $(UNITS)/porchlight-notify.service
	install -D -m 644 systemd/porchlight.sysusers $(SYSUSERS)/porchlight.conf
	install -D -m 644 systemd/porchlight-notify.sysusers $(SYSUSERS)/porchlight-notify.conf
	install -D -m 644 README.md $(DOC)/README.md
	install -m 644 -t $(DOC) NOTICE LICENSE ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md SECURITY.md
	install -m 644 -D -t $(DOC)/docs docs/*.md
	install -D -m 644 config/porchlight.example.json $(DOC)/config/porchlight.example.json
	install -D -m 644 config/notify.example.json $(DOC)/config/notify.example.json
	install -D -m 644 config/mosquitto.example.conf $(DOC)/config/mosquitto.example.conf
	install -m 644 -D -t $(SHARE)/models/default Models/default/porchlight.* Models/default/MODEL_CARD.md
	install -m 644 -t $(SHARE)/models Models/porchlight-face*
	install -m 644 -D -t $(SHARE)/page page/*.*
	install -m 644 -D -t $(SHARE)/page/views page/views/*
	install -m 644 -D -t $(SHARE)/home-assistant config/home-assistant/*.yaml
	@# A config that is there already is the owner's.
	@test -e $(CONFIG)/porchlight.json || install -D -m 640 config/porchlight.json $(CONFIG)/porchlight.json
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" -eq 0 ]; then \
		systemd-sysusers porchlight.conf porchlight-notify.conf && chgrp porchlight $(CONFIG)/porchlight.json; \
		if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi; \
		echo "installed; now: porchlight setup"; fi

uninstall: ## remove what install brought; the config and the stored events stay
	@if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl disable --now porchlight.service porchlight-notify.service || true; fi
	rm -f $(DESTDIR)$(PREFIX)/bin/porchlight $(UNITS)/porchlight.service $(SYSUSERS)/porchlight.conf
	rm -f $(DESTDIR)$(PREFIX)/bin/porchlight-notify $(UNITS)/porchlight-notify.service $(SYSUSERS)/porchlight-notify.conf
	rm -rf $(DOC) $(SHARE)
