# workbench: the sealed container in which a student's lines are typed.
# grader:    the grader itself, for a host that has an engine but no Python.
# Written for the classic builder too (no here-documents, no cache mounts): Debian's docker.io has no buildx.

# Both begin with it; for builds that are the same in a year, name it by digest: --build-arg DEBIAN=debian@sha256:…
ARG DEBIAN=debian:trixie-slim

FROM ${DEBIAN} AS workbench
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

FROM ${DEBIAN} AS python
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/*
ENV LANG=C.UTF-8

# A stage of its own, so that pip and the pinned, hashed build backend stay out of the image.
FROM python AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/lab-grader
# Where scripts/image has brought the wheels, no index is asked; else pip's own. An argument, since a build has no
# configuration of pip: --build-arg PIP_INDEX_URL=…
ARG PIP_INDEX_URL
WORKDIR /src
COPY requirements.txt requirements-build.txt build/wheels/*.whl wheels/
RUN if ls wheels/*.whl >/dev/null 2>&1; then export PIP_NO_INDEX=1 PIP_FIND_LINKS=wheels; fi \
 && /opt/build/bin/pip install --require-hashes -r wheels/requirements-build.txt \
 && /opt/build/bin/pip --python /opt/lab-grader/bin/python install --require-hashes -r wheels/requirements.txt
COPY Dockerfile README.md pyproject.toml ./
COPY labs labs
COPY rubrics rubrics
COPY grader grader
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/build/bin/pip --python /opt/lab-grader/bin/python install --no-deps /wheel/*.whl

FROM python AS grader
# Sessions lie on a volume, where the engine sees them; any user may have some, so it is open like /tmp.
RUN useradd --uid 1000 --user-group --create-home grader && install -d -m 1777 /run/lab-grader
COPY --from=build /opt/lab-grader /opt/lab-grader
ENV PATH=/opt/lab-grader/bin:/usr/local/bin:/usr/bin:/bin LAB_GRADER_RUNTIME=/run/lab-grader
VOLUME /run/lab-grader
USER grader
WORKDIR /course
HEALTHCHECK --interval=30s --timeout=15s --retries=2 CMD ["python", "-m", "grader.engine.health"]
ENTRYPOINT ["grade"]
