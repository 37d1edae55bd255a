docker version
docker images
docker ps -a
docker run --rm alpine:latest ls /tmp /var/log
