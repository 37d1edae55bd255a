docker run --name test-data -it alpine:latest /bin/sh
cd /tmp
echo "중요한 데이터" >> important.txt
cd /var/log
echo "애플리케이션 로그" >> app.log
exit
docker start -i test-data
cd /tmp && cat important.txt
cd /var/log && cat app.log
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest /bin/sh
cd /tmp && ls
cd /var/log && ls
exit
