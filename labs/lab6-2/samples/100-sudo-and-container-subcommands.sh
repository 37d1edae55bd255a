sudo docker container run --rm alpine:latest ls -la /etc/passwd
sudo docker container run --name=cow-test alpine:latest sh -c "echo 'testuser:x:1001:1001::/home/testuser:/bin/sh' >> /etc/passwd && tail -2 /etc/passwd"
sudo docker container diff cow-test
sudo docker container rm cow-test
