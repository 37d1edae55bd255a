# workbench: the sealed container in which a student's lines are typed.
# grader:    the grader itself, for a host that has an engine but no Python.
# Written for the classic builder too (no here-documents, no cache mounts): Debian's docker.io has no buildx.

FROM debian:trixie-slim AS workbench
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      bash docker-cli docker-compose less nano ncurses-bin procps vim-tiny \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
# bash and readline would print or redraw things around the prompt that replay listens for.
 && rm -f /etc/bash.bashrc /etc/profile.d/*.sh \
 && printf 'set enable-bracketed-paste off\nset bell-style none\n' > /etc/inputrc \
 && useradd --uid 1000 --user-group --no-create-home --shell /bin/bash student \
 && install -d -o student -g student /home/student /lab

# Students write `sudo docker`; here they already may, so sudo only has to run its arguments.
# dash, not bash: a script run by bash would not hand PS1 on to a shell that it starts.
RUN printf '%s\n' \
      '#!/bin/sh' \
      'shell=' \
      'while [ $# -gt 0 ]; do' \
      '  case $1 in' \
      '    --) shift; break ;;' \
      '    -i|-s|--login|--shell) shell=yes; shift ;;' \
      '    -[CDghpRrTtUu]|-[AbEHknPS][CDghpRrTtUu]|--user|--group|--chdir|--prompt) shift; [ $# -eq 0 ] || shift ;;' \
      '    -V|--version) echo "sudo: the one of the lab, it runs its arguments"; exit ;;' \
      '    -*) shift ;;' \
      '    *) break ;;' \
      '  esac' \
      'done' \
      'case ${1-} in' \
      '  su) shift; shell=yes' \
      '    while [ $# -gt 0 ]; do' \
      '      case $1 in -c) shift; exec bash -c "$@" ;; *) shift ;; esac' \
      '    done ;;' \
      '  *=*) exec env "$@" ;;' \
      'esac' \
      'if [ $# -gt 0 ]; then' \
      '  command -v "$1" >/dev/null || { echo "sudo: $1: command not found" >&2; exit 1; }' \
      '  exec "$@"' \
      'fi' \
      '[ -z "$shell" ] || exec bash --noediting --norc --noprofile' \
      > /usr/local/bin/sudo \
# One `exit` too many is a new terminal window, not the end of the lab; a terminal that is gone is the end.
 && printf '%s\n' \
      '#!/bin/sh' \
      'while [ -t 0 ]; do' \
      '  bash --noediting --norc --noprofile -i' \
      'done' \
      > /usr/local/bin/workbench-shell \
 && chmod 755 /usr/local/bin/sudo /usr/local/bin/workbench-shell

ENV LANG=C.UTF-8 USER=student SHELL=/bin/bash
USER student
WORKDIR /lab
CMD ["/usr/local/bin/workbench-shell"]

FROM debian:trixie-slim AS python
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
ENV LANG=C.UTF-8 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# A stage of its own, so that the build backend is the pinned, hashed one and yet stays out of the image.
FROM python AS wheel
WORKDIR /src
COPY requirements-dev.txt ./
RUN python3 -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements-dev.txt
COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python AS grader
RUN useradd --uid 1000 --user-group --create-home grader && python3 -m venv /opt/lab-grader
COPY requirements.txt /opt/lab-grader/
RUN /opt/lab-grader/bin/pip install --require-hashes -r /opt/lab-grader/requirements.txt
COPY --from=wheel /wheel /wheel
RUN /opt/lab-grader/bin/pip install --no-deps /wheel/*.whl
ENV PATH=/opt/lab-grader/bin:/usr/local/bin:/usr/bin:/bin
USER grader
# Run it with the engine's socket, and `--group-add` of the group that owns it; the teacher's folder goes here.
WORKDIR /course
ENTRYPOINT ["grade"]
