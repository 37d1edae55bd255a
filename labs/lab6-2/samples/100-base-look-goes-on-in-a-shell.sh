docker run -it --name look alpine:latest sh -c "cat /etc/passwd; exec sh"
exit
docker rm look
docker run --name cow-test alpine:latest sh -c "echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd && tail -2 /etc/passwd"
docker diff cow-test
docker rm cow-test
